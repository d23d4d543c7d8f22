"""When has a house come to rest: nothing to publish, to consume, to confirm, to mail, no deadline due."""

from __future__ import annotations

import asyncio

from maillage.db import Database
from maillage.events.relay import waiting
from maillage.events.tables import KIT
from nats.errors import Error as NatsError
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from tests.faults.checker.evidence import STREAM
from tests.faults.house.house import House

OPEN_ELSEWHERE = {
    "directory": ("erasures open", "SELECT count(*) FROM erasure WHERE status <> 'complete'"),
    "notifications": (
        "mails to send",
        "SELECT count(*) FROM message WHERE channel = 'email' AND state = 'pending'",
    ),
}


async def until_settled(house: House, patience: float) -> list[str]:
    """Wait for rest; what is left when nothing has moved for `patience` seconds, a line each."""
    loop = asyncio.get_running_loop()
    deadline, before = loop.time() + patience, list[str]()
    while still := await _still(house):
        if still != before:
            deadline, before = loop.time() + patience, still
        if loop.time() > deadline:
            return still
        await asyncio.sleep(0.5)
    return []


async def _still(house: House) -> list[str]:
    try:
        found = await _at_the_bus(house)
        for name, url in house.databases.items():
            found += await _in_database(name, url)
    except (NatsError, SQLAlchemyError, OSError, TimeoutError) as error:
        return [f"{type(error).__name__}: {error}"]
    return found


async def _at_the_bus(house: House) -> list[str]:
    async with house.bus() as client:
        infos = await client.jetstream(timeout=10).consumers_info(STREAM)
    waits = [(each.name, (each.num_pending or 0), (each.num_ack_pending or 0)) for each in infos]
    return [
        f"{name} has {pending} events to come and {open_} unanswered"
        for name, pending, open_ in waits
        if (pending or open_) and name in house.services
    ]


async def _in_database(name: str, url: str) -> list[str]:
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
                counts[what] = await session.scalar(text(query))
    finally:
        await db.dispose()
    return [f"{name} has {count} {what}" for what, count in counts.items() if count]
