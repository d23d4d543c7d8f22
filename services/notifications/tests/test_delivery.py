"""Mails go out once, in order, later when they cannot go now, and a failure is never silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from maillage.ids import new_id
from maillage.mail import Mail, Mailer, TemporaryMailError
from maillage_notifications import delivery
from maillage_notifications.model import Message
from sqlalchemy import event


@dataclass
class SmtpSink:
    """A mail server that takes what it is given, or answers RCPT as told."""

    recipient_answer: str = "250 ok"
    received: list[bytes] = field(default_factory=list)
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            answer = await self._answer(line.decode().upper(), reader, writer)
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()
            if line.upper().startswith(b"QUIT"):
                break
        writer.close()

    async def _answer(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        if line.startswith("RCPT"):
            return self.recipient_answer
        if line.startswith("DATA"):
            writer.write(b"354 go on\r\n")
            await writer.drain()
            self.received.append(await reader.readuntil(b"\r\n.\r\n"))
        return "250 ok"

    def mails(self) -> list[Any]:
        return [message_from_bytes(raw, policy=policy.SMTP) for raw in self.received]


@asynccontextmanager
async def smtp(open_network: Any, **settings: Any) -> AsyncIterator[tuple[Any, SmtpSink]]:
    """The service sending to a sink by SMTP."""
    sink = SmtpSink()
    server = await asyncio.start_server(sink.talk, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    given = {"mail_transport": "smtp", "smtp_host": "127.0.0.1", "smtp_port": sink.port, **settings}
    async with server, open_network(**given) as network:
        yield network, sink


async def welcomed(network: Any) -> Any:
    """A newcomer with one mail to be sent."""
    camille = await network.person("Camille", "Roux")
    await network.arrival(camille, await network.cpts())
    return camille


async def email(network: Any, person: Any, topic: str = "welcome") -> Message:
    found: Message = next(m for m in await network.messages(person, topic) if m.channel == "email")
    return found


async def test_a_mail_goes_out_by_smtp_with_a_stable_id(open_network: Any) -> None:
    async with smtp(open_network) as (network, sink):
        camille = await welcomed(network)
        await network.send_mails()
        (mail,) = sink.mails()
        message = await email(network, camille)
        assert mail["Message-ID"] == f"<{message.id}@maillage.example>"
        assert mail["Subject"] == "Bienvenue dans le réseau, Camille"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        assert (message.state, message.attempts) == ("sent", 1)
        assert message.sent_at == network.now


async def test_a_temporary_refusal_is_tried_again_later_and_later(open_network: Any) -> None:
    async with smtp(open_network, mail_max_attempts=4) as (network, sink):
        sink.recipient_answer = "451 try again, camille@exemple.fr"
        camille = await welcomed(network)
        waits = []
        for _ in range(3):
            await network.send_mails()
            message = await email(network, camille)
            assert (message.state, message.reason) == ("pending", "smtp-451")
            waits.append((message.not_before - network.now).total_seconds())
            network.harness.clock.set(message.not_before)
        assert waits == [30, 60, 120]
        sink.recipient_answer = "250 ok"
        await network.send_mails()
        assert (await email(network, camille)).state == "sent"
        assert len(sink.received) == 1


async def test_patience_ends_and_the_failure_is_published_and_told(open_network: Any) -> None:
    async with smtp(open_network, mail_max_attempts=2) as (network, sink):
        sink.recipient_answer = "451 later"
        camille = await welcomed(network)
        await network.send_mails()
        network.harness.clock.advance(hours=1)
        await network.send_mails()
        await expect_failed(network, camille, "smtp-451", attempts=2)


async def test_a_permanent_refusal_is_not_tried_again(open_network: Any) -> None:
    async with smtp(open_network) as (network, sink):
        sink.recipient_answer = "550 no such user camille@exemple.fr"
        camille = await welcomed(network)
        await network.send_mails()
        await expect_failed(network, camille, "smtp-550", attempts=1)
        assert sink.received == []


async def expect_failed(network: Any, person: Any, reason: str, attempts: int) -> None:
    message = await email(network, person)
    assert (message.state, message.reason, message.attempts) == ("failed", reason, attempts)
    (event,) = await network.harness.recorded("notifications.message.failed.v1")
    assert event.data == {
        "message_id": str(message.id),
        "coordinator_id": str(person),
        "topic": "welcome",
        "channel": "email",
        "reason": reason,
    }
    told = (await network.inbox(person))["items"][0]
    assert told["title"] == "Un e-mail n’a pas pu vous être remis"
    assert "«\u00a0Bienvenue et prise de poste\u00a0»" in told["body"]


async def test_an_operator_sends_a_failed_mail_again(open_network: Any) -> None:
    async with smtp(open_network) as (network, sink):
        sink.recipient_answer = "550 no"
        camille = await welcomed(network)
        await network.send_mails()
        client, headers = network.harness.client, network.harness.tokens.animator()
        listed = (await client.get("messages", params={"state": "failed"}, headers=headers)).json()["items"]
        assert [item["reason"] for item in listed] == ["smtp-550"]
        assert "Camille" not in str(listed)
        sink.recipient_answer = "250 ok"
        again = await client.post(f"messages/{listed[0]['id']}/retry", headers=headers)
        assert (again.status_code, again.json()["state"]) == (202, "pending")
        await network.send_mails()
        assert (await email(network, camille)).state == "sent"
        refused = await client.post(f"messages/{listed[0]['id']}/retry", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "message-not-retryable")


async def test_a_server_that_is_away_loses_nothing(open_network: Any) -> None:
    async with smtp(open_network, smtp_port=1) as (network, _):
        camille = await welcomed(network)
        await network.send_mails()
        message = await email(network, camille)
        assert message.state == "pending"
        assert message.not_before == network.now + delivery.FIRST_DELAY


async def test_one_mail_that_fails_does_not_hold_up_those_behind_it(network: Any) -> None:
    first, second = await welcomed(network), await welcomed(network)
    mailer = Stubborn(network.harness.settings, refuses=await email(network, first))
    await delivery.deliver_due(network.harness.db, mailer, network.harness.settings)
    assert (await email(network, first)).state == "pending"
    assert (await email(network, second)).state == "sent"


class Stubborn(Mailer):
    """Refuses one mail for now, or breaks on it."""

    def __init__(self, settings: Any, refuses: Message, error: Exception | None = None) -> None:
        super().__init__(settings)
        self.refused, self.error = refuses, error or TemporaryMailError("later")

    async def send(self, mail: Mail) -> None:
        if self.refused.recipient_id in mail.about:
            raise self.error
        await super().send(mail)


async def test_an_unexpected_fault_is_a_failure_of_that_mail_only(network: Any) -> None:
    first, second = await welcomed(network), await welcomed(network)
    refuses = await email(network, first)
    mailer = Stubborn(network.harness.settings, refuses=refuses, error=RuntimeError("a bug"))
    await delivery.deliver_due(network.harness.db, mailer, network.harness.settings)
    message = await email(network, first)
    assert (message.state, message.reason) == ("pending", "internal-error")
    assert (await email(network, second)).state == "sent"


async def test_a_crash_between_sending_and_noting_leaves_one_mail(network: Any) -> None:
    camille = await welcomed(network)
    running = network.harness.app.state.service
    message = await email(network, camille)
    outcome = await delivery._attempt(running.db, running.mailer, running.settings, message.id)
    assert outcome.state == "sent"
    assert len(network.mails()) == 1
    assert (await email(network, camille)).state == "pending", "the crash came before it was noted"
    assert len(await network.send_mails()) == 1
    assert (await email(network, camille)).state == "sent"


async def test_the_delivery_is_woken_by_the_commit(open_network: Any) -> None:
    async with open_network(mail_poll_seconds=600.0) as network:
        worker = asyncio.create_task(delivery.run(network.harness.app.state.service))
        await asyncio.sleep(0.05)
        camille = await welcomed(network)
        try:
            async with asyncio.timeout(60):
                while (await email(network, camille)).state != "sent":  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)


async def test_a_mail_waits_for_an_address_that_comes_late(network: Any) -> None:
    camille = new_id()
    await network.arrival(camille, await network.cpts())
    assert await network.send_mails() == []
    assert (await network.states(camille, "welcome"))["email"] == ("deferred", "no-address")
    await network.contact(camille, "camille@exemple.fr")
    (mail,) = await network.send_mails()
    assert mail.to == "camille@exemple.fr"
    assert mail.text.startswith("Bonjour,"), "her name has not come yet"


async def test_a_confirmation_waits_for_the_facts_of_its_seminar(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), new_id()
    await network.registered(camille, seminar)
    assert await network.send_mails() == []
    assert (await network.states(camille, "registration-confirmed"))["email"][1] == "facts-missing"
    await network.seminar(seminar_id=seminar)
    network.harness.clock.advance(minutes=1)
    (mail,) = await network.send_mails()
    assert [attached.filename for attached in mail.attachments] == ["seminaire.ics"]


async def test_mails_that_cannot_go_are_put_off_together_and_the_others_leave(network: Any) -> None:
    nowhere = [new_id() for _ in range(3)]
    verdon = await network.cpts()
    for person in nowhere:
        await network.arrival(person, verdon)
    camille = await welcomed(network)
    commits: list[Any] = []
    event.listen(network.harness.db.engine.sync_engine, "commit", commits.append)
    assert len(await network.send_mails()) == 1
    assert len(commits) == 3, "one for those without an address, two for the mail that left"
    for person in nowhere:
        assert (await network.states(person, "welcome"))["email"] == ("deferred", "no-address")
    assert (await email(network, camille)).state == "sent"


@pytest.mark.parametrize(("failures", "seconds"), [(1, 30), (2, 60), (10, 15360), (11, 21600), (500, 21600)])
def test_the_wait_doubles_up_to_six_hours(failures: int, seconds: int) -> None:
    assert delivery.delay_after(failures) == timedelta(seconds=seconds)
