"""What happens to an erasure after the request: bytes leave the database's files, events leave the stream.

Done by the leader in the background until it is done, so that a crash at any point only delays it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID

from maillage import clock
from maillage.db import commits
from maillage.erasing import Asked, add_to_log
from maillage.events.event import personal_types
from maillage.events.purge import erase_entity
from maillage.service import Running
from maillage.timers import TimerContext, Timers
from prometheus_client import Gauge
from sqlalchemy import func, select

from maillage_directory.model import Erasure, NeighbourErasure
from maillage_directory.model.erasure import COMPLETE
from maillage_directory.remembering import ERASE_AGAIN, known
from maillage_directory.usecases import (
    confirm_neighbour_erasure,
    erase_again,
    forget_import,
    note_purge,
    remind_of_erasure,
)
from maillage_directory.usecases.erasure import REMINDER
from maillage_directory.usecases.imports import FORGET

timers = Timers()

PAUSE = 1.0
LOOK_EVERY = 30.0
OVERDUE = Gauge(
    "maillage_erasures_overdue", "Erasures past the day by which every service had to confirm", ["service"]
)


@timers.on(REMINDER)
async def remind(key: str, ctx: TimerContext) -> None:
    """The deadline to confirm an erasure has passed."""
    await remind_of_erasure(ctx.session, ctx.settings, UUID(key))


@timers.on(ERASE_AGAIN)
async def erase_anew(_key: str, ctx: TimerContext) -> None:
    """A restore has put a person back who had been erased since the backup."""
    await erase_again(ctx.session, ctx.settings, Asked.parse(ctx.payload["line"]))


@timers.on(FORGET)
async def forget_lines(key: str, ctx: TimerContext) -> None:
    """The lines of an import have been kept as long as they are needed."""
    await forget_import(ctx.session, UUID(key))


async def purge_erased(running: Running) -> None:
    """Takes erased persons out of files and stream until the service stops."""
    with commits.listen() as looks:
        while True:
            await purge_pass(running)
            await looks.pause(PAUSE)


async def watch_overdue(running: Running) -> None:
    """Shows how many erasures are late until the service stops."""
    while True:
        OVERDUE.labels(running.name).set(await count_overdue(running))
        await asyncio.sleep(LOOK_EVERY)


async def count_overdue(running: Running) -> int:
    """How many erasures should have been complete by now."""
    late = select(func.count()).where(Erasure.status != COMPLETE, Erasure.confirm_by < clock.now())
    async with running.db.read() as session:
        return int(await session.scalar(late) or 0)


async def purge_pass(running: Running) -> None:
    """One round over all erasures not known to be purged; the round that finds nothing is the last.

    An erasure is noted outside the database before anything else, so that no receipt is complete that a
    restore could forget.
    """
    waiting = await _to_purge(running)
    if waiting:
        await _note_outside(running, [erasure_id for erasure_id, _ in waiting])
        await running.db.scrub()
    for erasure_id, coordinator_id in waiting:
        await _delete_mails(running, coordinator_id)
        deleted = await _delete_events(running, coordinator_id)
        async with running.db.write() as session:
            await note_purge(session, running.settings, erasure_id, deleted)


async def erase_neighbours(running: Running) -> None:
    """Takes erased people of other regions out of files and feeds, and says so, until the service stops."""
    with commits.listen() as looks:
        while True:
            await erase_neighbours_pass(running)
            await looks.pause(PAUSE)


async def erase_neighbours_pass(running: Running) -> int:
    """One round over the erasures that other regions wait for; how many were confirmed."""
    noted = select(NeighbourErasure).where(NeighbourErasure.confirmed_at.is_(None))
    async with running.db.read() as session:
        waiting = [(one.id, one.region, one.coordinator_id) for one in await session.scalars(noted)]
    if waiting:
        await running.db.scrub()
    for erasure_id, region, coordinator_id in waiting:
        deleted = await _delete_events(running, coordinator_id, region)
        async with running.db.write() as session:
            await confirm_neighbour_erasure(session, erasure_id, deleted)
    return len(waiting)


async def _to_purge(running: Running) -> list[tuple[UUID, UUID]]:
    # What the relay is publishing just now it takes back itself (maillage.events.belated).
    due = select(Erasure.id, Erasure.coordinator_id).where(Erasure.purged_at.is_(None))
    async with running.db.read() as session:
        return [(row.id, row.coordinator_id) for row in (await session.execute(due)).all()]


async def _note_outside(running: Running, erasure_ids: list[UUID]) -> None:
    """In the file that the settings name. Raises OSError: the round is tried again, receipts stay open."""
    path = running.settings.erasure_log
    if path is not None:
        async with running.db.read() as session:
            asked = await known(session, erasure_ids)
        await asyncio.to_thread(add_to_log, path, asked)


async def _delete_mails(running: Running, coordinator_id: UUID) -> None:
    """The codes mailed to her, where mails stay on this machine. Another service may tidy the same folder."""
    if running.mailer.mailbox is not None:
        with suppress(FileNotFoundError):
            await asyncio.to_thread(running.mailer.mailbox.erase, [coordinator_id])


async def _delete_events(running: Running, coordinator_id: UUID, peer: str | None = None) -> int:
    """How many events of hers there were, in our stream or a peer's feed; none where there is no bus."""
    if running.events is None or not running.settings.nats_url:
        return 0
    jetstream, region = running.events.jetstream(), peer or running.region
    types = sorted(personal_types())
    return await erase_entity(jetstream, region, coordinator_id, types, abroad=peer is not None)
