"""What a lost store had taken, while whoever gave it waited for the rest, is given again to the new one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import pytest
from maillage.db import Database
from maillage.events import Entry, relay
from maillage.events.hold import publishing
from maillage.events.marks import REPAIR, write_mark
from maillage.events.noting import Repaired, note_unless_repaired
from maillage.events.publish import Published
from maillage.events.streams import events_stream
from maillage.testing.nats import NatsServer
from nats.aio.client import Client
from nats.js import JetStreamContext
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from . import site
from .test_relay_faults import in_stream, noted, repaired


async def test_what_a_lost_store_took_a_moment_ago_is_not_noted_after_the_repair(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    """The repair has looked at it as not yet published: once noted, nobody would miss it."""

    async def lose(_: JetStreamContext) -> None:
        own_nats_server.stop()
        own_nats_server.remove_store()
        own_nats_server.start()
        await site.provisioned(own_nats_server.url, region)

    assert await after_a_loss_in_the_middle(database_url, own_nats_server, region, lose) == [2, 3]


async def test_a_repair_that_ends_before_anybody_misses_the_bus(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    """The connection never broke: only the journal's database knows that there was a repair."""

    async def purge(jetstream: JetStreamContext) -> None:
        await jetstream.purge_stream(events_stream(region))

    assert await after_a_loss_in_the_middle(database_url, nats_server, region, purge) == [2, 3]


async def after_a_loss_in_the_middle(
    url: str, server: NatsServer, region: str, lose: Callable[[JetStreamContext], Awaitable[None]]
) -> list[int]:
    """One event is published; as two more are taken and not yet noted, the stream is lost and repaired.

    The places they had by then. In the end the stream has all three.
    """
    await site.provisioned(server.url, region)
    publish, taken = relay.publish, list[int]()

    async def publish_and_lose(client: Client, jetstream: JetStreamContext, *given: Any) -> Any:
        results = await publish(client, jetstream, *given)
        if not taken:
            taken.extend(each.sequence for each in results if each.sequence)
            await lose(jetstream)
            await repaired(server, region, db)
        return results

    async with site.database(url) as db:
        async with site.running("maker", db, region, server.url):
            await site.make(db, 1)
            await site.eventually(lambda: site.unpublished(db), 0)
        with patch.object(relay, "publish", publish_and_lose):
            async with site.running("maker", db, region, server.url):
                await site.make(db, 2, 3)
                await site.eventually(lambda: site.unpublished(db), 0)
        # Not asked meanwhile: a question to a server that is stopped would wait a minute for its answer.
        assert await in_stream(server, region) == [1, 2, 3]
    return taken


@pytest.mark.parametrize("refused", [None, "too large"])
async def test_nothing_is_noted_that_was_published_before_the_last_repair(
    database_url: str, refused: str | None
) -> None:
    async with site.database(database_url) as db:
        await site.make(db, 1)
        await name_repair(db, "second")
        place = Published(1, sequence=None if refused else 7, refused=refused)
        with pytest.raises(Repaired):
            await note(db, place, "first")
        assert await what_is_known(db) == (None, None)
        await note(db, place, "second")
        assert await what_is_known(db) == (place.sequence, refused)


@pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)  # SQLite has one writer at a time
async def test_a_repair_waits_for_what_is_being_noted(database_url: str) -> None:
    """It then sees it as published; and who comes to note while a repair names itself, sees the new name."""
    async with site.database(database_url) as db:
        await site.make(db, 1, 2)
        await name_repair(db, "first")
        async with in_transaction(db) as holding:
            await note_unless_repaired(db, holding, [Published(1, sequence=7)], "first")
            repair = asyncio.create_task(name_repair(db, "second"))
            await site.eventually(lambda: somebody_waits(db))
            assert not repair.done()
        await repair
        async with db.write() as session:
            await write_mark(session, REPAIR, stream_created="third")
            late = asyncio.create_task(note(db, Published(2, sequence=8), "second"))
            await site.eventually(lambda: somebody_waits(db))
        with pytest.raises(Repaired):
            await late
        assert await noted(db) == [7, None]


async def what_is_known(db: Database) -> tuple[int | None, str | None]:
    async with db.read() as session:
        entry = (await session.scalars(select(Entry))).one()
        return entry.stream_sequence, entry.refused


async def note(db: Database, place: Published, repair: str) -> None:
    async with publishing(db) as holding:
        await note_unless_repaired(db, holding, [place], repair)


@asynccontextmanager
async def in_transaction(db: Database) -> AsyncIterator[AsyncConnection]:
    """What is noted over this connection is committed at the end."""
    async with db.engine.begin() as connection:
        await connection.execute(text("SELECT 1"))  # begins
        yield connection


async def name_repair(db: Database, name: str) -> None:
    async with db.write() as session:
        await write_mark(session, REPAIR, stream_created=name)


async def somebody_waits(db: Database) -> bool:
    async with db.read() as session:
        here = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return bool(await session.scalar(text(f"{here} AND wait_event_type = 'Lock'")))
