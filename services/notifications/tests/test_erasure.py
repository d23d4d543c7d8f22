"""A person erased is in no row, no mail and no byte; others' messages about her read on without her name."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from maillage.ids import new_id
from maillage.mail import Mail, Mailbox
from maillage_notifications import delivery, erasing

NAME, ADDRESS = "Zélindeparfaite", "zelinde.introuvable@exemple.fr"


async def life_in_the_network(network: Any) -> tuple[UUID, UUID]:
    """Someone who got, caused and is mentioned in messages of every kind; and her mentor."""
    mentor = await network.person("Nadia", "Benali")
    person = await network.person(NAME, "Roux")
    await network.contact(person, ADDRESS)
    await network.arrival(person, await network.cpts())
    facts = await network.proposal(person, mentor)
    await network.happens("mentoring.proposal.accepted", **facts, _sequence=2)
    await network.happens(
        "mentoring.mentorship.started", mentorship_id=new_id(), request_id=facts["request_id"],
        mentee_id=person, mentor_id=mentor, started_on="2026-03-02",
    )  # fmt: skip
    await network.registered(person, await network.seminar())
    await network.send_mails()
    # A sign-in code the directory mailed her.
    code = Mail(to=ADDRESS, subject="Votre code", text="123456")
    await network.harness.app.state.service.mailer.send(code)
    headers = network.harness.tokens.coordinator(person) | {"Idempotency-Key": "k"}
    await network.harness.client.post("me/notifications/read-all", headers=headers)
    choose = network.harness.tokens.coordinator(person) | {"If-Match": '"0"'}
    await network.harness.client.put("me/preferences", json={}, headers=choose)
    return person, mentor


async def erase(network: Any, person: UUID) -> UUID:
    erasure = new_id()
    await network.happens(
        "directory.coordinator.erased", coordinator_id=person, erasure_id=erasure,
        requested_at=network.now, confirm_by=network.now,
    )  # fmt: skip
    return erasure


async def confirm(network: Any) -> int:
    """What the leader does in the background."""
    return await erasing.erasures.one_pass(network.harness.app.state.service)


def files_with(folder: Path, words: tuple[str, ...]) -> list[Path]:
    """Files below a folder that hold one of the words, in any case."""
    needles = [word.encode().lower() for word in words]
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            found += [path for needle in needles if needle in content]
    return found


async def test_nothing_of_her_is_left_and_the_receipt_counts(network: Any) -> None:
    person, mentor = await life_in_the_network(network)
    assert NAME in (await network.inbox(mentor))["items"][0]["title"]
    assert any(person in mail.about for mail in network.mails())

    erasure = await erase(network, person)

    assert [mail for mail in network.mails() if person in mail.about or mail.to == ADDRESS] == []
    assert await network.messages(person) == []
    titles = [item["title"] for item in (await network.inbox(mentor))["items"]]
    assert titles[0] == "Vous accompagnez une personne qui a quitté le réseau"
    assert titles[1] == "Une personne qui a quitté le réseau aimerait que vous l’accompagniez"
    english = (await network.inbox(mentor, "en"))["items"][0]["title"]
    assert english == "You accompany someone who has left the network"
    assert await network.harness.recorded("notifications.erasure.confirmed.v1") == []
    assert [await confirm(network), await confirm(network)] == [1, 0]
    (receipt,) = await network.harness.recorded("notifications.erasure.confirmed.v1")
    assert receipt.entity_id == str(person)
    assert receipt.data["erasure_id"] == str(erasure)
    counts = receipt.data["counts"]
    assert counts["people"] == counts["contacts"] == counts["registrations"] == counts["preferences"] == 1
    assert counts["messages"] == 8
    assert counts["mentions"] == 4
    assert counts["mails"] == 6


async def test_not_one_byte_of_her_is_left_below_the_data_folder(network: Any) -> None:
    person, _ = await life_in_the_network(network)
    folder = network.harness.settings.data_dir
    database = network.harness.db.engine.url.database
    assert files_with(folder, (ADDRESS,)), "the test looks where she was"
    await erase(network, person)
    await confirm(network)
    assert files_with(folder, (NAME, ADDRESS)) == []
    if network.harness.db.dialect == "sqlite":
        assert files_with(Path(database).parent, (NAME, ADDRESS)) == []


async def test_late_news_does_not_bring_her_back(network: Any) -> None:
    person, _ = await life_in_the_network(network)
    await erase(network, person)
    await network.happens(
        "directory.coordinator.updated", coordinator_id=person, first_name=NAME, last_name="Roux",
        status="active", _sequence=9,
    )  # fmt: skip
    await network.contact(person, ADDRESS)
    await network.happens("mentoring.pathway.completed", pathway_id=new_id(), coordinator_id=person)
    assert await network.messages(person) == []
    await confirm(network)
    assert files_with(network.harness.settings.data_dir, (NAME, ADDRESS)) == []
    await erase(network, person)
    await confirm(network)
    assert len(await network.harness.recorded("notifications.erasure.confirmed.v1")) == 2


async def test_a_mail_written_while_she_is_erased_does_not_stay(network: Any) -> None:
    nadia, person = await network.person("Nadia", "Benali"), await network.person(NAME, "Roux")
    await network.contact(person, ADDRESS)
    await network.proposal(person, nadia)
    await network.arrival(person, await network.cpts())
    running = network.harness.app.state.service
    due = [m for m in await network.messages() if m.channel == "email" and m.state == "pending"]
    assert {m.recipient_id for m in due} == {nadia, person}
    outcomes = [await delivery._attempt(running.db, running.mailer, running.settings, m.id) for m in due]
    written = list(network.harness.mailbox.glob("*.eml"))
    kept = [path.read_bytes() for path in written]
    await erase(network, person)
    for path, content in zip(written, kept, strict=True):
        path.write_bytes(content)  # as if they had been written just after
    for message, outcome in zip(due, outcomes, strict=True):
        await delivery._note(running.db, running.settings, message.id, outcome)
    assert network.mails() == []


async def test_a_crash_during_the_erasure_is_made_good_at_the_next_start(network: Any) -> None:
    nadia, person = await network.person("Nadia", "Benali"), await network.person(NAME, "Roux")
    await erase(network, person)
    late = Mail(to="nadia@exemple.fr", subject=NAME, text=NAME, about=(nadia, person))
    await network.harness.app.state.service.mailer.send(late)
    await delivery.sweep_mailbox(network.harness.db, network.harness.settings)
    assert network.mails() == []


async def test_no_transaction_waits_for_the_mailbox(network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL ends one that is silent for a minute, and the work would begin anew for ever."""
    person, gone = await network.person("Nadia", "Benali"), await network.person(NAME, "Roux")
    await network.contact(person, "nadia@exemple.fr")
    await network.proposal(gone, person)
    running = network.harness.app.state.service
    (due,) = [m for m in await network.messages(person) if m.channel == "email"]
    outcome = await delivery._attempt(running.db, running.mailer, running.settings, due.id)
    await erase(network, gone)
    engines = {each.sync_engine for each in (running.db.engine, running.db._read_engine)}
    before, during = lent(engines), list[int]()
    monkeypatch.setattr(Mailbox, "erase", lambda *_: during.append(lent(engines)) or 0)
    await delivery._note(running.db, running.settings, due.id, outcome)  # she is in it
    await delivery._note(running.db, running.settings, new_id(), outcome)  # its message is gone
    await delivery.sweep_mailbox(running.db, running.settings)
    await confirm(network)
    assert during == [before] * 4


def lent(engines: set[Any]) -> int:
    """How many connections are in somebody's hands."""
    return sum(each.pool.checkedout() for each in engines)
