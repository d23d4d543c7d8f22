"""SMTP: what can be tried again is told from what cannot."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy

import pytest
from maillage.mail import Mail, Mailer, PermanentMailError, TemporaryMailError
from maillage.settings import ServiceSettings
from prometheus_client import REGISTRY

MAIL = Mail(to="lea@exemple.fr", subject="Bienvenue à Giens", text="Bonjour Léa")


@dataclass
class SmtpServer:
    """Speaks just enough SMTP. `answers` replaces the reply to a verb, e.g. {"RCPT": "550 no such user"}."""

    answers: dict[str, str] = field(default_factory=dict)
    received: list[bytes] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, self.answers.get("HELLO", "220 test"))
        while line := await reader.readline():
            verb = line.decode().split()[0].upper().rstrip(":")
            if verb == "AUTH":
                self.logins.append(line.decode())
            answer = self.answers.get(verb) or DEFAULTS.get(verb, "250 ok")
            if answer == "hang up":
                break
            await self._say(writer, answer)
            if verb == "DATA" and answer.startswith("354"):
                self.received.append(await reader.readuntil(b"\r\n.\r\n"))
                await self._say(writer, self.answers.get("BODY", "250 taken"))
            if verb == "QUIT":
                break
        writer.close()

    async def _say(self, writer: asyncio.StreamWriter, text: str) -> None:
        writer.write(text.encode() + b"\r\n")
        await writer.drain()


DEFAULTS = {
    "EHLO": "250-test\r\n250-SMTPUTF8\r\n250 AUTH PLAIN",
    "DATA": "354 go",
    "AUTH": "235 ok",
    "QUIT": "221 bye",
}


@pytest.fixture
async def server() -> AsyncIterator[SmtpServer]:
    made = SmtpServer()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    listening.close()


def mailer(server: SmtpServer, **changes: object) -> Mailer:
    values = {"mail_transport": "smtp", "smtp_host": "127.0.0.1", "smtp_port": server.port} | changes
    return Mailer(ServiceSettings(**values))


async def test_sent(server: SmtpServer) -> None:
    await mailer(server).send(MAIL)
    (raw,) = server.received
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert (message["To"], message["Subject"]) == ("lea@exemple.fr", "Bienvenue à Giens")
    assert server.logins == []


async def test_logs_in_when_told(server: SmtpServer) -> None:
    await mailer(server, smtp_user="maillage", smtp_password="secret").send(MAIL)
    assert len(server.logins) == 1


@pytest.mark.parametrize(
    "answers",
    [
        {"RCPT": "450 mailbox busy"},
        {"RCPT": "451 greylisted"},
        {"MAIL": "421 closing"},
        {"MAIL": "550 5.7.1 not your sender"},
        {"BODY": "452 full"},
        {"HELLO": "554 no service just now"},
        {"DATA": "hang up"},
        {"EHLO": "hang up"},
    ],
)
async def test_try_again(server: SmtpServer, answers: dict[str, str]) -> None:
    server.answers = answers
    with pytest.raises(TemporaryMailError):
        await mailer(server).send(MAIL)


@pytest.mark.parametrize(
    "answers",
    [
        {"RCPT": "550 5.1.1 <lea@exemple.fr> unknown"},
        {"RCPT": "553 bad address"},
        {"BODY": "554 5.7.1 content refused"},
        {"MAIL": "552 too big"},
    ],
)
async def test_never(server: SmtpServer, answers: dict[str, str]) -> None:
    server.answers = answers
    with pytest.raises(PermanentMailError) as caught:
        await mailer(server).send(MAIL)
    assert caught.value.reason.startswith("smtp 55")
    assert "lea" not in str(caught.value)


async def test_a_wrong_password_of_ours_is_not_the_readers_fault(server: SmtpServer) -> None:
    server.answers = {"AUTH": "535 5.7.8 bad credentials"}
    with pytest.raises(TemporaryMailError):
        await mailer(server, smtp_user="maillage", smtp_password="wrong").send(MAIL)


async def test_nobody_listens(server: SmtpServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # so that no server of another test comes to sit there
        with pytest.raises(TemporaryMailError):
            await mailer(server, smtp_port=taken.getsockname()[1]).send(MAIL)


async def test_operators_see_how_mails_fare(server: SmtpServer) -> None:
    def counted(outcome: str) -> float:
        return REGISTRY.get_sample_value("maillage_mails_total", {"outcome": outcome}) or 0.0

    outcomes = ("sent", "temporary", "permanent")
    before = {outcome: counted(outcome) for outcome in outcomes}
    await mailer(server).send(MAIL)
    for answers, error in (
        ({"RCPT": "450 later"}, TemporaryMailError),
        ({"RCPT": "550 never"}, PermanentMailError),
    ):
        server.answers = answers
        with pytest.raises(error):
            await mailer(server).send(MAIL)
    assert {outcome: counted(outcome) - before[outcome] for outcome in outcomes} == dict.fromkeys(outcomes, 1)


async def test_no_encryption_where_it_is_required(server: SmtpServer) -> None:
    with pytest.raises(TemporaryMailError):
        await mailer(server, smtp_tls="starttls").send(MAIL)
    assert server.received == []
