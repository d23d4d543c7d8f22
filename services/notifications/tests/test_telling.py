"""What is told is told once, settled with all that its transaction tells, and in a rebuild is history."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

from maillage.ids import new_id
from maillage_notifications.telling import Notice, Origin, tell_in
from sqlalchemy import event


async def test_the_same_event_twice_is_one_message(network: Any) -> None:
    camille, event_id, pathway = await network.person("Camille", "Roux"), new_id(), new_id()
    for _ in range(2):
        await network.happens(
            "mentoring.pathway.completed", pathway_id=pathway, coordinator_id=camille, _event_id=event_id
        )
    assert await network.topics(camille) == ["pathway-completed"]


async def test_the_same_consequence_twice_is_one_message_even_without_the_inbox_row(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    for _ in range(2):
        async with network.harness.db.write() as session:
            tell_in(session, Notice(camille, "pathway-completed"), Origin("the same"))
    assert len(await network.messages(camille)) == 2, "one row per channel"


async def test_what_one_transaction_tells_is_settled_together(network: Any) -> None:
    camille, paul = await network.person("Camille", "Roux"), await network.person("Paul", "Voisin")
    gone = await network.person("Lise", "Partie")
    await network.happens(
        "directory.coordinator.erased", coordinator_id=gone, erasure_id=new_id(), requested_at=network.now
    )
    db, asked = network.harness.db, Counter[str]()

    @event.listens_for(db.engine.sync_engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked[" ".join(statement.split()[:3])] += 1

    told = [(camille, "a"), (paul, "a"), (camille, "b"), (camille, "a"), (gone, "a")]
    async with db.write() as session:
        for person, key in told:
            tell_in(session, Notice(person, "pathway-completed"), Origin(key))
    assert (asked["INSERT INTO inbox_counter"], asked["INSERT INTO message"]) == (1, 1)
    assert sum(asked[each] for each in asked if each.startswith("SELECT")) == 1
    arrived = [m for m in await network.messages() if m.channel == "in_app"]
    assert [(m.recipient_id, m.number) for m in arrived] == [(camille, 1), (paul, 1), (camille, 2)]


async def test_what_a_savepoint_undoes_is_not_told(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    async with network.harness.db.write() as session:
        with suppress(RuntimeError):
            async with session.begin_nested():
                tell_in(session, Notice(camille, "pathway-completed"), Origin("undone"))
                raise RuntimeError
        tell_in(session, Notice(camille, "pathway-completed"), Origin("done"))
    assert {m.key.split(":")[0] for m in await network.messages(camille)} == {"done"}


async def test_a_rebuild_fills_the_inbox_as_history_and_sends_nothing(network: Any) -> None:
    network.replayed = True
    animator = await network.person("Claire", "Fontaine", roles=("animator",))
    camille = await network.person("Camille", "Roux")
    happened = network.now - timedelta(days=20)
    verdon = await network.cpts()
    await network.happens(
        "directory.position.started", position_id=new_id(), coordinator_id=camille, cpts_id=verdon,
        title="coordinator", started_on=happened.date(), _time=happened, _sequence=1,
    )  # fmt: skip
    seminar = await network.seminar()
    await network.registered(camille, seminar)
    inbox = await network.inbox(camille)
    assert [item["topic"] for item in inbox["items"]] == ["registration-confirmed", "welcome"]
    assert inbox["unread"] == 0
    assert inbox["items"][1]["created_at"].startswith(happened.isoformat()[:19])
    assert (await network.inbox(animator))["unread"] == 0
    assert await network.send_mails() == []
    assert (await network.states(camille, "welcome"))["email"] == ("skipped", "rebuild")
    network.replayed = False
    await network.registered(await network.person("Paul", "Voisin"), seminar)
    assert len(await network.send_mails()) == 1, "after the rebuild life goes on"
