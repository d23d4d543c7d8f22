"""The place of an event whose person was erased says nothing about a stream that has lost something since."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

from maillage.db import Database
from maillage.events import Entry, Event, record
from maillage.events.loss import find_loss
from maillage.events.repair import Journal, repair
from maillage.events.streams import events_stream
from maillage.ids import new_id
from maillage.testing.nats import NatsServer
from sqlalchemy import func, select, update

from . import site


class PersonGreeted(Event, service="maker", entity="person", name="greeted", key="person_id", personal=True):
    """A person was greeted."""

    person_id: UUID


async def test_a_repaired_stream_is_whole_though_the_last_events_were_erased(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    """They do not come back: the journal goes on, and the numbers after the last that anybody had."""
    await site.provisioned(own_nats_server.url, region)
    async with site.database(database_url) as db:
        async with site.running("maker", db, region, own_nats_server.url):
            await site.make(db, 1, 2)
            await greet(db, 3)
            await site.eventually(lambda: waiting(db), 0)
        await erase_greeted(db)
        own_nats_server.stop()
        own_nats_server.remove_store()
        own_nats_server.start()
        await site.provisioned(own_nats_server.url, region)
        async with site.running("maker", db, region, own_nats_server.url) as runtime:
            await site.eventually(lambda: any("stream repair" in each for each in runtime.problems()))
            await mend(own_nats_server, region, db)
            await site.make(db, 3)
            await site.eventually(runtime.problems, [])
            await site.eventually(lambda: waiting(db), 0)
        async with site.jetstream(own_nats_server.url) as jetstream:
            assert (await jetstream.stream_info(events_stream(region))).state.first_seq == 6


async def test_another_event_may_be_at_the_place_of_one_that_was_erased(
    database_url: str, own_nats_server: NatsServer, region: str, tmp_path: Path
) -> None:
    """The stream lost its end, of which this journal had nothing but what it has erased."""
    store, copy = own_nats_server.folder / "store", tmp_path / "copy"
    await site.provisioned(own_nats_server.url, region)
    async with site.database(database_url) as db:
        async with site.running("maker", db, region, own_nats_server.url):
            await site.make(db, 1)
            await site.eventually(lambda: waiting(db), 0)
        own_nats_server.stop()
        shutil.copytree(store, copy)
        own_nats_server.start()
        async with site.running("maker", db, region, own_nats_server.url):
            await greet(db, 2)
            await site.eventually(lambda: waiting(db), 0)
        await erase_greeted(db)
        own_nats_server.stop()
        shutil.rmtree(store)
        shutil.copytree(copy, store)
        own_nats_server.start()
        async with site.jetstream(own_nats_server.url) as jetstream:
            for _ in range(2):
                await jetstream.publish(f"{region}.other.thing.made.v1.{new_id()}", b"{}")
            await find_loss(db, jetstream, events_stream(region))


async def greet(db: Database, number: int) -> None:
    async with db.write() as session:
        for _ in range(number):
            record(session, PersonGreeted(person_id=new_id()))


async def erase_greeted(db: Database) -> None:
    async with db.write() as session:
        await session.execute(update(Entry).where(Entry.type.contains("greeted")).values(data=None))


async def waiting(db: Database) -> int:
    async with db.read() as session:
        query = select(func.count()).select_from(Entry).where(Entry.published_at.is_(None))
        return await session.scalar(query) or 0


async def mend(server: NatsServer, region: str, db: Database) -> None:
    async with site.jetstream(server.url) as jetstream:
        await repair(jetstream._nc, jetstream, region, [Journal("maker", db)])
