"""The consumer: how fast events become a projection, and how long a lost database takes to be whole again."""

from __future__ import annotations

import asyncio
from time import perf_counter

import asyncpg

from tests.load.events import REGION, fill_stream, provision_streams
from tests.load.figures import Benchmark, Figure, Report, Scale, Target
from tests.load.house import servers
from tests.load.peers import consumed_by_hand

PATIENCE = 90.0
COUNT = "SELECT count(*) FROM person"


async def run(scale: Scale) -> Report:
    """A stream that is full, then one event service with an empty database; and a bare consumer beside it."""
    events, whole = scale.pick(300, 10_000), scale.pick(300, 100_000)
    async with servers(scale.folder, sync_always=False) as here:
        await provision_streams(here.nats.url)
        await fill_stream(here.nats.url, whole)
        database = await here.database("events")
        await here.service("events", database)
        first, spent = await _watch(database, events, whole)
        peer = await consumed_by_hand(here, REGION, events)
    rate = Target("value", "at least", 2000.0)
    minute = Target("value", "at most", 60.0)
    by_hand = "pulled by hundreds, one upsert each, no inbox"
    figures = [
        Figure("a projection, one service", "events/s", [first], [peer], by_hand, rate),
        Figure(
            f"a lost database rebuilt from {whole:,} events".replace(",", " "), "s", [spent], target=minute
        ),
    ]
    return Report(figures, limit=LIMIT)


async def _watch(database: str, events: int, whole: int) -> tuple[float, float]:
    """Events a second over the first `events`, and the seconds until all `whole` of them are there.

    After PATIENCE seconds the rest is reckoned at the pace so far.
    """
    connection = await asyncpg.connect(database)
    begun, before = await _reached(connection, 1, PATIENCE)
    some, after = await _reached(connection, min(before + events, whole), PATIENCE)
    rate = (after - before or after) / max(some - begun, 0.05)
    done, count = await _reached(connection, whole, PATIENCE - (some - begun))
    await connection.close()
    return rate, (done - begun) * whole / count


async def _reached(connection: asyncpg.Connection, wanted: int, patience: float) -> tuple[float, int]:
    """When that many people were known (or patience ended), and how many they were."""
    deadline = perf_counter() + patience
    while True:
        count = int(await connection.fetchval(COUNT))
        if count >= wanted or perf_counter() > deadline:
            return perf_counter(), max(count, 1)
        await asyncio.sleep(0.05)


LIMIT = (
    "One event after the other in stream order, each through the session of its batch: Python and "
    "SQLAlchemy, then the round trips of the handler's own reads."
)

BENCHMARK = Benchmark(
    "consumer",
    "From the stream to a projection",
    "The events service with an empty PostgreSQL database meets a stream full of coordinators and keeps "
    "each one's name: inbox row, handler and projection in the transaction of its batch. Beside it a "
    "consumer by hand that fetches a hundred, writes each with one upsert, commits and acknowledges.",
    run,
    order=40,
)
