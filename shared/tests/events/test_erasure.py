"""Erasure leaves no byte: in the stream's files, in the dead letters, in the journal, in the kept answers."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

from maillage import clock
from maillage.db import Database, make_base
from maillage.events import Entry, Event, Permanent, forget, record
from maillage.events import relay as relay_module
from maillage.events import repair as repair_module
from maillage.events.deadletters import letters, size
from maillage.events.publish import publish
from maillage.events.purge import erase_entity
from maillage.events.repair import Journal, repair
from maillage.events.streams import events_stream
from maillage.ids import new_id
from maillage.testing.nats import NatsServer
from nats.js import JetStreamContext
from sqlalchemy import insert, make_url, select, update

from . import site

SECRET = "Zélie-Introuvable"


class PersonNamed(Event, service="maker", entity="person", name="named", key="person_id", personal=True):
    """A person has a name."""

    person_id: UUID
    label: str


async def test_an_erased_entity_leaves_no_byte_in_the_stores_files(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    async def refuse(_event: object, _ctx: object) -> None:
        raise Permanent("nobody wants it")

    consumer = site.watcher(refuse)
    await site.provisioned(own_nats_server.url, region, consumer)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, own_nats_server.url, consumer),
    ):
        (hers,) = await site.make(db, 1, label=SECRET)
        (theirs,) = await site.make(db, 2, label="someone else")
        async with site.jetstream(own_nats_server.url) as js:
            await site.eventually(lambda: size(js), 2)
            # Else who quarantines it may take the letter back herself, and one less is erased here.
            await site.eventually(lambda: site.unanswered(own_nats_server.url, region), 0)
            assert copies(own_nats_server, "someone else") >= 2  # the event and its dead letter
            assert copies(own_nats_server, SECRET) >= 2
            assert await erase_entity(js, region, hers, ["maker.thing.made.v1"]) == 2
            assert copies(own_nats_server, SECRET) == 0
            assert await erase_entity(js, region, hers, ["maker.thing.made.v1"]) == 0
            assert copies(own_nats_server, "someone else") >= 2
            assert await erase_entity(js, region, theirs, ["maker.thing.made.v1"]) == 2
    own_nats_server.stop()
    own_nats_server.start()
    assert copies(own_nats_server, SECRET) == 0


async def test_what_is_quarantined_while_its_person_is_erased_leaves_the_dead_letters_again(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    async def erase_and_refuse(event: site.Made, _ctx: object) -> None:
        async with site.jetstream(own_nats_server.url) as js:
            if event.number == 1:
                assert await erase_entity(js, region, event.thing_id, ["maker.thing.made.v1"]) == 1
        raise Permanent("nobody wants it")

    consumer = site.watcher(erase_and_refuse)
    await site.provisioned(own_nats_server.url, region, consumer)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, own_nats_server.url, consumer),
        site.jetstream(own_nats_server.url) as js,
    ):
        await site.make(db, 1, label=SECRET)
        await site.make(db, 2, label="someone else")
        await site.eventually(lambda: settled(js, region))
        assert [letter.stream_sequence async for letter in letters(js)] == [2]
    own_nats_server.stop()
    assert copies(own_nats_server, SECRET) == 0


async def test_the_journal_forgets_and_repair_does_not_remember(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(nats_server.url, region)
    person, other = new_id(), new_id()
    base = make_base()
    async with site.database(database_url) as db:
        async with db.engine.begin() as connection:
            await connection.run_sync(base.kit.idempotency.create)
        async with db.write() as session:
            record(session, PersonNamed(person_id=person, label="kept in no needle"))
            record(session, site.ThingMade(thing_id=person, number=1, label=f"by {SECRET}"))
            record(session, site.ThingMade(thing_id=person, number=2))
            record(session, PersonNamed(person_id=other, label=f"another {SECRET}"))
            for principal, body in ((person, b"{}"), (other, str(person).encode()), (other, b'{"ok": 1}')):
                await session.execute(insert(base.kit.idempotency).values(**answer(principal, body)))
        async with db.write() as session:
            assert await forget(session, base, person, needles=[SECRET, " "]) == 4
        assert await bodies(db) == [False, False, True, True]
        async with db.read() as session:
            left = (await session.execute(select(base.kit.idempotency.c.body))).scalars().all()
            assert left == [b'{"ok": 1}']
        async with site.running("maker", db, region, nats_server.url):
            await site.eventually(lambda: published(db), 4)
        journal = Journal("maker", db)
        async with site.jetstream(nats_server.url) as js:
            await repair(js._nc, js, region, [journal])
        assert (journal.intact, journal.republished) == (2, 0)
        await db.scrub()
        if db.dialect == "sqlite":
            assert b"kept in no needle" not in content(database_url)


async def test_what_a_repair_publishes_while_its_person_is_erased_leaves_the_stream_again(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(own_nats_server.url, region)
    person, other = new_id(), new_id()
    async with site.database(database_url) as db, site.jetstream(own_nats_server.url) as js:
        base = await with_answers(db)
        await name(db, (person, SECRET), (other, "someone else"))
        async with db.write() as session:  # in a store that was lost
            await session.execute(update(Entry).values(published_at=clock.now(), stream_sequence=1))
        journal = Journal("maker", db)
        with patch.object(repair_module, "publish", side_effect=after_erasing(db, base, person, js, region)):
            await repair(js._nc, js, region, [journal])
        assert journal.republished == 2
        assert (await js.stream_info(events_stream(region))).state.messages == 1
        assert copies(own_nats_server, SECRET) == 0


async def test_what_the_relay_publishes_while_its_person_is_erased_leaves_the_stream_again(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(own_nats_server.url, region)
    person, other = new_id(), new_id()
    async with site.database(database_url) as db, site.jetstream(own_nats_server.url) as js:
        base = await with_answers(db)
        await name(db, (person, SECRET), (other, "someone else"))
        with patch.object(relay_module, "publish", side_effect=after_erasing(db, base, person, js, region)):
            async with site.running("maker", db, region, own_nats_server.url):
                await site.eventually(lambda: published(db), 2)
        assert (await js.stream_info(events_stream(region))).state.messages == 1
        assert copies(own_nats_server, SECRET) == 0


async def with_answers(db: Database) -> Any:
    """A base whose table of kept answers the database has: erasing empties it too."""
    base = make_base()
    async with db.engine.begin() as connection:
        await connection.run_sync(base.kit.idempotency.create)
    return base


async def name(db: Database, *named: tuple[UUID, str]) -> None:
    async with db.write() as session:
        for whom, label in named:
            record(session, PersonNamed(person_id=whom, label=label))


def after_erasing(db: Database, base: Any, person: UUID, js: JetStreamContext, region: str) -> Any:
    """Publishing as it is when between reading and publishing somebody is erased and the purge goes by."""

    async def publish_late(*told: Any, **more: Any) -> Any:
        async with db.write() as session:
            await forget(session, base, person)
        assert await erase_entity(js, region, person, ["maker.person.named.v1"]) == 0
        return await publish(*told, **more)

    return publish_late


async def settled(js: JetStreamContext, region: str) -> bool:
    """Whether the watcher was given both events, however often, and has answered for them."""
    info = await js.consumer_info(events_stream(region), "watcher")
    given = info.delivered.consumer_seq if info.delivered else 0
    return given >= 2 and not info.num_ack_pending and not info.num_pending


def answer(principal: UUID, body: bytes) -> dict[str, object]:
    head = {"principal_id": principal, "key": str(new_id()), "fingerprint": "f", "status": 201}
    return {**head, "headers": {}, "body": body, "created_at": clock.now()}


def content(database_url: str) -> bytes:
    return Path(make_url(database_url).database or "").read_bytes()


def copies(server: NatsServer, word: str) -> int:
    found = 0
    for path in [each for each in server.folder.rglob("*") if each.is_file()]:
        with suppress(FileNotFoundError):  # the server removes its own passing files meanwhile
            found += path.read_bytes().count(word.encode())
    return found


async def bodies(db: Database) -> list[bool]:
    async with db.read() as session:
        return [data is not None for data in await session.scalars(select(Entry.data).order_by(Entry.id))]


async def published(db: Database) -> int:
    async with db.read() as session:
        found = await session.scalars(select(Entry.id).where(Entry.published_at.is_not(None)))
        return len(found.all())
