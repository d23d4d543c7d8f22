"""The relay: how fast a journal that has piled up reaches the stream."""

from __future__ import annotations

from functools import partial
from time import perf_counter

import nats
from maillage.db import Database
from maillage.events.envelope import headers_of, subject_for
from maillage.events.journal import Entry
from maillage.events.relay import Relay
from opentelemetry import trace
from sqlalchemy import select

from tests.load.events import REGION, connected, provision_streams, write_journal
from tests.load.figures import Benchmark, Figure, Report, Scale, Target
from tests.load.house import Servers, servers
from tests.load.rounds import interleave


async def run(scale: Scale) -> Report:
    """With the server's sync at each message, and with the server's own default."""
    figures = []
    for always, asked in ((True, 1500.0), (False, 5000.0)):
        events, rounds = scale.pick(200, 4000 if always else 10_000), scale.pick(1, 3)
        async with servers(scale.folder, sync_always=always) as here:
            await provision_streams(here.nats.url)
            sides = {
                "ours": partial(_relayed, here, events),
                "peer": partial(_one_by_one, here, min(events, 1000)),
            }
            found = await interleave(rounds, **sides)
        case = "`sync_interval: always`, as the house runs" if always else "the server’s default sync"
        target = Target("value", "at least", asked)
        peer = "one publish awaited after the other"
        figures.append(Figure(case, "events/s", **found, peer_name=peer, target=target))
    return Report(figures, limit=LIMIT)


async def _journal(here: Servers, events: int) -> Database:
    here.count += 1
    db = Database(await here.database(f"journal{here.count}"))
    await write_journal(db, events)
    return db


async def _relayed(here: Servers, events: int) -> float:
    """Events a second from a full journal to one whose every line has its place."""
    db = await _journal(here, events)
    async with connected(here.nats.url) as (connection, _):
        relay = Relay("directory", REGION, db, connection, trace.get_tracer("bench"))
        started, done = perf_counter(), 0
        while done < events:
            done += await relay.publish_pending()
        spent = perf_counter() - started
    await db.dispose()
    return events / spent


async def _one_by_one(here: Servers, events: int) -> float:
    """What a relay does that waits for each acknowledgement; it notes nothing."""
    db = await _journal(here, events)
    client = await nats.connect(here.nats.url)
    jetstream = client.jetstream(timeout=10)
    started = perf_counter()
    async with db.read() as session:
        for entry in await session.scalars(select(Entry).order_by(Entry.id)):
            body, headers = (entry.data or "").encode(), headers_of(entry, REGION)
            await jetstream.publish(subject_for(entry, REGION), body, headers=headers)
    spent = perf_counter() - started
    await client.close()
    await db.dispose()
    return events / spent


LIMIT = (
    "Python: making the headers and lines of each message. The server takes a batch of 500 in one "
    "piece, so that its syncs do not decide; one by one they do."
)

BENCHMARK = Benchmark(
    "relay",
    "From the journal to the stream",
    "The relay of one service publishes a journal that has piled up on PostgreSQL: reading, atomic "
    "batches of 500, noting every line's place. Beside it the same lines published one after the other, "
    "each acknowledgement awaited.",
    run,
    order=30,
)
