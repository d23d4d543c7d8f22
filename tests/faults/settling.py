"""When has a house come to rest: nothing to publish, to consume, to confirm, to mail, no deadline due.

Stream and databases are looked at one after another, and an event may pass from one to the other between two
looks. So rest is nothing to do twice in a row, with not one event more in the stream the second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from maillage.db import Database
from maillage.events.relay import waiting
from maillage.events.streams import feed_stream, public_stream
from maillage.events.tables import KIT
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from tests.faults.checker.evidence import consumer_filters
from tests.faults.house.house import House
from tests.faults.house.linked import Linked, Regions

OPEN_ELSEWHERE = {
    "directory": ("erasures open", "SELECT count(*) FROM erasure WHERE status <> 'complete'"),
    "catalogue": (
        "streams to read on",
        "SELECT count(*) FROM stream_place WHERE stream = :stream AND next_sequence <= :newest",
    ),
    "notifications": (
        "mails to send",
        "SELECT count(*) FROM message WHERE channel = 'email' AND state = 'pending'",
    ),
}

SPOKEN = select(KIT.outbox.c.event_id, KIT.outbox.c.type).where(
    KIT.outbox.c.data.is_not(None), KIT.outbox.c.published_at.is_not(None)
)
MET = select(KIT.inbox.c.event_id, KIT.inbox.c.consumer)

EVERY = 0.5
"""Seconds between two looks, which take about as long themselves."""


@dataclass(frozen=True)
class Look:
    """`waits`: what is still to be done, a line each. `last`: the last place the stream has given."""

    waits: list[str]
    last: int = 0


async def until_settled(
    house: House | Regions, patience: float, look: Callable[[Any], Awaitable[Look]] | None = None
) -> list[str]:
    """Wait for rest; what is left when nothing has moved for `patience` seconds, a line each.

    Nor in so many looks as that time has on a quiet machine: on one that is starved they take longer, and so
    does everything that is waited for.
    """
    loop, look = asyncio.get_running_loop(), look or _look
    deadline, before, looks = loop.time() + patience, Look(["not looked yet"]), 0
    while (found := await look(house)).waits or found != before:
        if found != before:
            deadline, before, looks = loop.time() + patience, found, 0
        if loop.time() > deadline and looks > patience / EVERY / 2:
            return found.waits
        looks += 1
        await asyncio.sleep(EVERY)
    return []


async def _look(house: House | Regions) -> Look:
    if isinstance(house, Regions):
        looks = {each.region: await _look(each) for each in house.houses}
        waits = [f"{region}: {wait}" for region, look in looks.items() for wait in look.waits]
        return Look(waits + await _unheard(house), sum(look.last for look in looks.values()))
    try:
        last, newest, waits = await _at_the_bus(house)
        for name, url in house.databases.items():
            waits += await _in_database(name, url, house.stream, newest)
    except (NatsError, SQLAlchemyError, OSError, TimeoutError) as error:
        return Look([f"{type(error).__name__}: {error}"])
    return Look(waits, last)


async def _at_the_bus(house: House) -> tuple[int, int, list[str]]:
    """The last places given, that of the newest event still there, and what consumers have still to do."""
    streams = [house.stream]
    if isinstance(house, Linked):
        streams += [public_stream(house.region), feed_stream(house.peer)]
    async with house.bus() as client:
        jetstream = client.jetstream(timeout=10)
        last = sum([(await jetstream.stream_info(each)).state.last_seq for each in streams])
        newest = await _newest(jetstream, house)
        infos = [info for each in streams for info in await jetstream.consumers_info(each)]
    counts = [(each.name, (each.num_pending or 0), (each.num_ack_pending or 0)) for each in infos]
    return (
        last,
        newest,
        [
            f"{name} has {pending} events to come and {open_} unanswered"
            for name, pending, open_ in counts
            if (pending or open_) and name in house.services
        ],
    )


async def _newest(jetstream: JetStreamContext, house: House) -> int:
    try:
        return (await jetstream.get_last_msg(house.stream, f"{house.region}.>")).seq or 0
    except NotFoundError:
        return 0


async def _unheard(regions: Regions) -> list[str]:
    """What one region has told the others and the other has not met: the link may be down, or slow to ask."""
    found = []
    for told, hears in (regions.houses, regions.houses[::-1]):
        for service, kinds in consumer_filters(hears.services, abroad=True).items():
            spoken = {
                event_id
                for name in told.services
                for event_id, kind in await _rows(told.databases[name], SPOKEN)
                if kind.removeprefix("fr.maillage.") in kinds
            }
            met = {event_id for event_id, _ in await _rows(hears.databases[service], MET)}
            if missing := len(spoken - met):
                found.append(f"{hears.region}: {service} has not met {missing} events of {told.region}")
    return found


async def _rows(url: str, query: Select[tuple[Any, Any]]) -> list[tuple[str, str]]:
    db = Database(url)
    try:
        async with db.read() as session:
            return [(str(one), str(other)) for one, other in await session.execute(query)]
    finally:
        await db.dispose()


async def _in_database(name: str, url: str, stream: str, newest: int) -> list[str]:
    due: Select[tuple[int]] = select(func.count()).select_from(KIT.timer)
    due = due.where(KIT.timer.c.due_at <= func.now())
    unpublished = select(func.count()).select_from(KIT.outbox).where(waiting())
    db = Database(url)
    try:
        async with db.read() as session:
            counts = {
                "events to publish": await session.scalar(unpublished),
                "deadlines due": await session.scalar(due),
            }
            if name in OPEN_ELSEWHERE:
                what, query = OPEN_ELSEWHERE[name]
                counts[what] = await session.scalar(text(query), {"stream": stream, "newest": newest})
    finally:
        await db.dispose()
    return [f"{name} has {count} {what}" for what, count in counts.items() if count]
