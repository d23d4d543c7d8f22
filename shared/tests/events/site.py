"""Two small services and their events, to be run against a real nats-server and a real database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import nats
from maillage.db import Database
from maillage.db.types import UTCDateTime
from maillage.events import Consumed, Consumer, Context, Entry, Event, record
from maillage.events import tables as event_tables
from maillage.events.runtime import EventRuntime
from maillage.events.streams import events_stream, provision, topology
from maillage.ids import new_id
from maillage.settings import ServiceSettings
from nats.js import JetStreamContext
from sqlalchemy import Column, Integer, MetaData, String, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

METADATA = MetaData()
KIT = event_tables.build(METADATA)
SEEN = Table(
    "seen",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("thing_id", String(40)),
    Column("number", Integer),
    Column("how", String(20)),
    Column("at", UTCDateTime()),
)


class ThingMade(Event, service="maker", entity="thing", name="made", key="thing_id"):
    """A thing was made."""

    thing_id: UUID
    number: int
    label: str = ""


class ThingSeen(Event, service="watcher", entity="thing", name="seen", key="thing_id"):
    """Somebody saw a thing."""

    thing_id: UUID


class Made(Consumed):
    """What the watcher reads of a thing made."""

    thing_id: UUID
    number: int


Hook = Callable[[Made, Context], Awaitable[None]]


def watcher(hook: Hook | None = None, name: str = "watcher") -> Consumer:
    """A consumer that writes down what it is given; `hook` runs first and may raise."""
    consumer = Consumer(name)

    @consumer.project("maker.thing.made.v1")
    async def keep(event: Made, ctx: Context) -> None:
        if hook:
            await hook(event, ctx)
        await ctx.session.execute(SEEN.insert().values(**_row(event, ctx, "kept")))

    @consumer.react("maker.thing.made.v1")
    async def answer(event: Made, ctx: Context) -> None:
        await ctx.session.execute(SEEN.insert().values(**_row(event, ctx, "reacted")))
        record(ctx.session, ThingSeen(thing_id=event.thing_id))

    return consumer


def _row(event: Made, ctx: Context, how: str) -> dict[str, Any]:
    return {"thing_id": str(event.thing_id), "number": event.number, "how": how, "at": ctx.time}


def settings(region: str, url: str = "", grace: float = 5, peers: Sequence[str] = ()) -> ServiceSettings:
    """Settings of a service of this site; `grace`: seconds a batch in hand is given at the end."""
    return ServiceSettings(region=region, nats_url=url, graceful_timeout=grace, peer_regions=list(peers))


@asynccontextmanager
async def database(url: str) -> AsyncIterator[Database]:
    """A database with the kit's tables and `seen`."""
    db = Database(url)
    await create_tables(db)
    try:
        yield db
    finally:
        await db.dispose()


async def create_tables(db: Database) -> None:
    """Make the tables (what migrations do in a service)."""
    async with db.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)


@asynccontextmanager
async def running(
    name: str,
    db: Database,
    region: str,
    url: str,
    consumer: Consumer | None = None,
    delays: Sequence[float] = (0.1, 0.2),
    grace: float = 5,
    peers: Sequence[str] = (),
    **options: Any,
) -> AsyncIterator[EventRuntime]:
    """A service's event machinery, quick to notice things."""
    quick = {"poll": 0.1, "watch": 0.2, "delays": delays, **options}
    runtime = EventRuntime(name, db, settings(region, url, grace, peers), consumer=consumer, **quick)
    await runtime.start()
    try:
        yield runtime
    finally:
        await runtime.stop()


@asynccontextmanager
async def jetstream(url: str) -> AsyncIterator[JetStreamContext]:
    """An operator's JetStream."""
    client = await nats.connect(url)
    try:
        yield client.jetstream(timeout=60)
    finally:
        await client.close()


async def provisioned(url: str, region: str, *consumers: Consumer) -> None:
    """Put the region's streams and these consumers on the server."""
    async with jetstream(url) as js:
        await provision(js, topology(region, consumers))


async def make(db: Database, *numbers: int, label: str = "") -> list[UUID]:
    """Record that things were made, all in one transaction; their ids."""
    async with db.write() as session:
        return await make_in(session, *numbers, label=label)


async def make_in(session: AsyncSession, *numbers: int, label: str = "") -> list[UUID]:
    """The same in a transaction of the test's own."""
    ids = [new_id() for _ in numbers]
    for thing_id, number in zip(ids, numbers, strict=True):
        record(session, ThingMade(thing_id=thing_id, number=number, label=label), sequence=number)
    return ids


async def published(db: Database, region: str, url: str) -> None:
    """Bring everything recorded so far into the stream, where who comes later finds it in one piece.

    A consumer that is there already may be given the first of three events long before the last.
    """
    async with running("maker", db, region, url):
        await eventually(lambda: unpublished(db), 0)


async def unpublished(db: Database) -> int:
    """How many entries of the journal are not known to be in the stream."""
    async with db.read() as session:
        return len((await session.scalars(select(Entry.id).where(Entry.published_at.is_(None)))).all())


async def unanswered(url: str, region: str, consumer: str = "watcher") -> int:
    """How many of the region's messages that consumer has still to be given, or to answer for.

    An effect is seen before its message is answered for, which the server hears of later still.
    """
    async with jetstream(url) as js:
        info = await js.consumer_info(events_stream(region), consumer)
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def seen(db: Database, how: str = "kept") -> list[int]:
    """The numbers written down, in the order they were."""
    async with db.read() as session:
        query = select(SEEN.c.number).where(SEEN.c.how == how).order_by(SEEN.c.id)
        return list((await session.scalars(query)).all())


async def eventually(
    question: Callable[[], Awaitable[object] | object], wanted: object = True, patience: float = 120.0
) -> None:
    """Return when `question()` gives `wanted`; fail with its last answer when patience ends."""
    deadline = time.monotonic() + patience
    while True:
        answer = question()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer == wanted:
            return
        assert time.monotonic() < deadline, f"still {answer!r}, not {wanted!r}"
        await asyncio.sleep(0.03)
