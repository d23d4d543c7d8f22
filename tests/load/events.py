"""Events to publish: what the directory says when invented people take up their posts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
from maillage import clock
from maillage.db import Database
from maillage.events.connection import Connection
from maillage.events.event import full_type
from maillage.events.journal import Entry
from maillage.events.publish import publish
from maillage.events.streams import events_stream, provision, topology
from maillage.events.tables import KIT
from maillage.ids import new_id
from maillage.settings import ServiceSettings
from maillage.tasks import end
from nats.js import JetStreamContext
from sqlalchemy import insert

REGION = "fr-pac"
BODY = '{{"coordinator_id":"{}","first_name":"Odile","last_name":"Inventée","status":"active","reach":{{}}}}'


def lines(count: int) -> list[dict[str, Any]]:
    """So many lines of the directory's journal, each about another person."""
    return [_line() for _ in range(count)]


def _line() -> dict[str, Any]:
    person, event = new_id(), new_id()
    return {
        "event_id": event,
        "type": full_type("directory.coordinator.joined.v1"),
        "entity_id": str(person),
        "sequence": 1,
        "time": clock.now(),
        "correlation_id": str(event),
        "data": BODY.format(person),
    }


async def write_journal(db: Database, count: int) -> None:
    """A journal with so many lines to publish."""
    async with db.engine.begin() as connection:
        await connection.run_sync(KIT.outbox.metadata.create_all)
        await connection.execute(insert(KIT.outbox), lines(count))


async def provision_streams(url: str) -> None:
    """The region's streams and consumers, as `maillage provision` makes them."""
    client = await nats.connect(url)
    await provision(client.jetstream(timeout=10), topology(REGION))
    await client.close()


async def fill_stream(url: str, count: int) -> None:
    """Publish so many events as a relay would."""
    client = await nats.connect(url)
    jetstream = client.jetstream(timeout=10)
    for start in range(0, count, 500):
        entries = [_entry(line) for line in lines(min(500, count - start))]
        await publish(client, jetstream, events_stream(REGION), REGION, entries)
    await client.close()


def _entry(line: dict[str, Any]) -> Entry:
    entry = Entry()
    for name, value in line.items():
        setattr(entry, name, value)
    entry.id = 0
    return entry


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[tuple[Connection, JetStreamContext]]:
    """A service's connection to the bus."""
    connection = Connection("directory", ServiceSettings(nats_url=url))
    opening = asyncio.create_task(connection.open())
    try:
        await connection.wait()
        yield connection, connection.jetstream()
    finally:
        await end([opening])
        await connection.close()
