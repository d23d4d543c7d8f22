"""What happens to an erasure after the request: bytes leave the database's files, events leave the stream.

Done by the leader in the background until it is done, so that a crash at any point only delays it.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from maillage import clock
from maillage.service import Running
from maillage.timers import TimerContext, Timers
from sqlalchemy import select

from maillage_directory.model import Erasure
from maillage_directory.usecases import note_purge, remind_of_erasure
from maillage_directory.usecases.erasure import REMINDER

timers = Timers()

SETTLE = timedelta(seconds=2)
"""Time for the relay to end what it was publishing when the erasure was written."""
PAUSE = 1.0
PERSONAL = ("coordinator.joined", "coordinator.updated", "contact.changed")


@timers.on(REMINDER)
async def remind(key: str, ctx: TimerContext) -> None:
    """The deadline to confirm an erasure has passed."""
    await remind_of_erasure(ctx.session, ctx.settings, UUID(key))


async def purge_streams(running: Running) -> None:
    """Deletes erased persons' events from the stream until the service stops."""
    while True:
        for erasure_id, coordinator_id in await to_purge(running):
            await purge(running, erasure_id, coordinator_id)
        await asyncio.sleep(PAUSE)


async def to_purge(running: Running) -> list[tuple[UUID, UUID]]:
    """The erasures, with the person's id, whose events have not been found gone yet."""
    due = select(Erasure.id, Erasure.coordinator_id).where(
        Erasure.purged_at.is_(None), Erasure.requested_at <= clock.now() - SETTLE
    )
    async with running.db.read() as session:
        return [(row.id, row.coordinator_id) for row in (await session.execute(due)).all()]


async def purge(running: Running, erasure_id: UUID, coordinator_id: UUID) -> int:
    """One pass: scrubs the database's files and deletes the person's events; how many there still were."""
    await running.db.scrub()
    from maillage.events.purge import erase_entity

    deleted = await erase_entity(running, coordinator_id, PERSONAL)
    async with running.db.write() as session:
        await note_purge(session, running.settings, erasure_id, deleted)
    return deleted
