"""What may go wrong between a committed event and the stream."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from maillage import clock
from maillage.db import Database
from maillage.events import Entry, EventTooLarge, loss, record
from maillage.events import relay as relay_module
from maillage.events.loss import StreamLost, find_loss
from maillage.events.marks import RELAY, read_mark
from maillage.events.noting import note
from maillage.events.publish import Published
from maillage.events.repair import Journal, repair
from maillage.events.runtime import EventRuntime
from maillage.events.streams import events_stream
from maillage.ids import new_id
from maillage.testing.nats import NatsServer
from nats.errors import OutboundBufferLimitError
from nats.js.errors import NotFoundError
from sqlalchemy import select, update

from . import site


async def test_crash_between_commit_and_publish(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(nats_server.url, region)
    async with site.database(database_url) as db:
        await site.make(db, 1, 2, 3)  # and the process died here
        async with site.running("maker", db, region, nats_server.url):
            await site.eventually(lambda: in_stream(nats_server, region), [1, 2, 3])


async def test_crash_after_publish_before_noting_it(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(nats_server.url, region)
    async with site.database(database_url) as db:
        await site.make(db, 1, 2, 3)
        with patch.object(relay_module, "note_unless_repaired", side_effect=RuntimeError("killed")):
            async with site.running("maker", db, region, nats_server.url):
                await site.eventually(lambda: in_stream(nats_server, region), [1, 2, 3])
        assert await noted(db) == [None, None, None]
        await site.make(db, 4)
        async with site.running("maker", db, region, nats_server.url):
            await site.eventually(lambda: noted(db), [1, 2, 3, 4])
        assert await in_stream(nats_server, region) == [1, 2, 3, 4]


@pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)  # SQLite has one writer at a time
async def test_a_smaller_id_that_becomes_visible_later_is_published(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(nats_server.url, region)
    async with site.database(database_url) as db, site.running("maker", db, region, nats_server.url):
        async with db.write() as slow:
            record(slow, site.ThingMade(thing_id=new_id(), number=1), sequence=1)
            await slow.flush()
            await site.make(db, 2)
            await site.eventually(lambda: in_stream(nats_server, region), [2])
        await site.eventually(lambda: in_stream(nats_server, region), [2, 1])


async def test_an_event_that_is_too_large_is_refused_when_recorded(database_url: str) -> None:
    async with site.database(database_url) as db, db.write() as session:
        with pytest.raises(EventTooLarge, match="524288"):
            record(session, site.ThingMade(thing_id=new_id(), number=1, label="x" * 600_000))


async def test_an_entry_the_stream_cannot_take_does_not_hold_up_the_rest(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(nats_server.url, region)
    async with site.database(database_url) as db:
        await site.make(db, 1, 2, 3)
        async with db.write() as session:
            second = (await session.scalars(select(Entry).where(Entry.sequence == 2))).one()
            second.data = f'{{"number": 2, "label": "{"x" * 1_100_000}"}}'
        async with site.running("maker", db, region, nats_server.url):
            await site.eventually(lambda: in_stream(nats_server, region), [1, 3])
            await site.eventually(lambda: noted(db), [1, None, 2])
        async with db.read() as session:
            second = (await session.scalars(select(Entry).where(Entry.sequence == 2))).one()
            assert second.refused is not None
            assert "bytes" in second.refused
            assert second.published_at is None


async def test_nats_stopped_and_started_again_under_a_running_service(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(own_nats_server.url, region, consumer)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, own_nats_server.url, consumer) as runtime,
    ):
        await site.make(db, 1, 2)
        await site.eventually(lambda: site.seen(db), [1, 2])
        own_nats_server.kill()
        await site.make(db, 3, 4)
        await site.eventually(runtime.problems, ["NATS is away"])
        own_nats_server.start()
        await site.make(db, 5)
        await site.eventually(lambda: site.seen(db), [1, 2, 3, 4, 5])
        await site.eventually(runtime.problems, [])
        assert await site.seen(db, "reacted") == [1, 2, 3, 4, 5]


async def test_the_store_is_removed(database_url: str, own_nats_server: NatsServer, region: str) -> None:
    consumer = site.watcher()
    await site.provisioned(own_nats_server.url, region, consumer)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, own_nats_server.url, consumer) as runtime,
    ):
        await site.make(db, 1, 2, 3)
        await site.eventually(lambda: site.seen(db, "reacted"), [1, 2, 3])
        await site.eventually(lambda: site.unpublished(db), 0)
        own_nats_server.stop()
        own_nats_server.remove_store()
        own_nats_server.start()
        await site.make(db, 4)
        await site.eventually(lambda: says(runtime, "maillage provision"))
        await site.provisioned(own_nats_server.url, region, consumer)
        await site.eventually(lambda: says(runtime, "maillage stream repair"))
        assert await in_stream(own_nats_server, region) == []
        journal = await repaired(own_nats_server, region, db)
        assert (journal.intact, journal.republished) == (0, 6)
        await site.eventually(lambda: site.seen(db), [1, 2, 3, 4])
        await site.eventually(runtime.problems, [])
        await site.eventually(lambda: site.seen(db, "reacted"), [1, 2, 3, 4])
        await site.eventually(lambda: in_stream(own_nats_server, region), [1, 2, 3, 4])


async def test_who_has_published_nothing_yet_waits_for_the_repair_too(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(nats_server.url, region)
    async with site.database(database_url) as db, site.jetstream(nats_server.url) as js:
        async with site.running("maker", db, region, nats_server.url):
            await site.eventually(lambda: has_met_a_store(db))
        await js.delete_stream(events_stream(region))
        await site.provisioned(nats_server.url, region)
        await site.make(db, 1)
        async with site.running("maker", db, region, nats_server.url) as runtime:
            await site.eventually(lambda: says(runtime, "maillage stream repair"))
            assert runtime.calls_for_operator() == runtime.problems()
            assert await in_stream(nats_server, region) == []
            await repaired(nats_server, region, db)
            await site.eventually(lambda: in_stream(nats_server, region), [1])


async def has_met_a_store(db: Database) -> bool:
    async with db.read() as session:
        return await read_mark(session, RELAY) is not None


async def test_the_store_loses_its_end(
    database_url: str, own_nats_server: NatsServer, region: str, tmp_path: Path
) -> None:
    consumer, store, copy = site.watcher(), own_nats_server.folder / "store", tmp_path / "copy"
    await site.provisioned(own_nats_server.url, region, consumer)
    async with site.database(database_url) as db:
        async with site.running("maker", db, region, own_nats_server.url, consumer):
            await site.make(db, 1, 2)
            await site.eventually(lambda: site.seen(db, "reacted"), [1, 2])
            await site.eventually(lambda: site.unpublished(db), 0)
        own_nats_server.stop()
        shutil.copytree(store, copy)
        own_nats_server.start()
        async with site.running("maker", db, region, own_nats_server.url, consumer):
            await site.make(db, 3, 4)
            await site.eventually(lambda: site.seen(db, "reacted"), [1, 2, 3, 4])
            await site.eventually(lambda: site.unpublished(db), 0)
        own_nats_server.stop()
        shutil.rmtree(store)
        shutil.copytree(copy, store)
        own_nats_server.start()
        async with site.running("maker", db, region, own_nats_server.url, consumer) as runtime:
            await site.make(db, 5)
            await site.eventually(lambda: says(runtime, "maillage stream repair"))
            journal = await repaired(own_nats_server, region, db)
            assert (journal.intact, journal.republished) == (4, 4)
            await site.eventually(lambda: site.seen(db, "reacted"), [1, 2, 3, 4, 5])
            assert await site.seen(db) == [1, 2, 3, 4, 5]


async def test_the_end_is_missed_though_the_clock_was_ahead_before(
    database_url: str, own_nats_server: NatsServer, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries noted while the clock was hours ahead do not stand for the newest ones for hours."""
    monkeypatch.setattr(loss, "RECENT", 2)
    monkeypatch.setattr(loss, "_NEWEST", loss._newest())
    await site.provisioned(own_nats_server.url, region)
    async with site.database(database_url) as db:
        clock.use(lambda: datetime.now(UTC) + timedelta(hours=20))
        try:
            await note_as_published(db, 1, 2, 3)
        finally:
            clock.use(None)
        await note_as_published(db, 4, 5, 6)
        async with site.jetstream(own_nats_server.url) as jetstream:
            stream = events_stream(region)
            await jetstream.purge_stream(stream, seq=6)  # it ends at 5, the journal at 6
            with pytest.raises(StreamLost, match="ends at 5, the journal at 6"):
                await find_loss(db, jetstream, stream)


async def note_as_published(db: Database, *places: int) -> None:
    """Events that the relay has published at these places, one after another."""
    for place in places:
        await site.make(db, place)
        async with db.read() as session:
            entry = (await session.scalars(select(Entry).order_by(Entry.id.desc()).limit(1))).one()
        await note(db, [Published(entry.id, sequence=place)])


async def test_a_repair_keeps_the_order_of_a_journal_whatever_places_it_noted(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(own_nats_server.url, region)
    async with site.database(database_url) as db:
        await site.make(db, 1, 2, 3)
        async with db.write() as session:  # as two losses in a row may leave it
            for number, place in ((1, 3), (2, 9), (3, 5)):
                values = {"stream_sequence": place, "published_at": clock.now()}
                await session.execute(update(Entry).where(Entry.sequence == number).values(**values))
        journal = await repaired(own_nats_server, region, db)
        assert journal.republished == 3
        assert await in_stream(own_nats_server, region) == [1, 2, 3]
        assert await noted(db) == [10, 11, 12]


async def test_what_was_meant_for_a_server_that_is_gone_is_not_said_to_the_next(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(own_nats_server.url, region)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, own_nats_server.url) as runtime,
    ):
        connection = runtime.connection
        assert connection is not None
        await connection.wait()
        own_nats_server.kill()
        await site.eventually(lambda: connection.connected, False)
        with pytest.raises(OutboundBufferLimitError):
            await connection.client.publish(
                f"{region}.maker.thing.made.v1.1", b"late", headers={"ce-sequence": "1"}
            )
        own_nats_server.start()
        await site.make(db, 2)
        await site.eventually(lambda: in_stream(own_nats_server, region), [2])


async def repaired(server: NatsServer, region: str, db: Database) -> Journal:
    journal = Journal("maker", db)
    async with site.jetstream(server.url) as js:
        await repair(js._nc, js, region, [journal])
    return journal


def says(runtime: EventRuntime, words: str) -> bool:
    return any(words in problem for problem in runtime.problems())


async def in_stream(server: NatsServer, region: str) -> list[int]:
    """The sequences (that is, numbers) of the things made that the stream has, in its order."""
    found, place = [], 1
    async with site.jetstream(server.url) as js:
        while True:
            try:
                message = await js.get_msg(
                    events_stream(region), seq=place, subject=f"{region}.maker.>", next=True
                )
            except NotFoundError:
                return found
            found.append(int((message.headers or {})["ce-sequence"]))
            place = (message.seq or 0) + 1


async def noted(db: Database) -> list[int | None]:
    async with db.read() as session:
        return list((await session.scalars(select(Entry.stream_sequence).order_by(Entry.id))).all())
