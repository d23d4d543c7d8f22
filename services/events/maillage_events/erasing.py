"""Confirming erasures, once the erased bytes have left the database's files.

Done by the leader in the background until it is done, so that a crash at any point only delays it.
"""

from __future__ import annotations

import asyncio

from maillage.service import Running
from sqlalchemy import select

from maillage_events import usecases
from maillage_events.model import Erasure

PAUSE = 0.5


async def confirm_erasures(running: Running) -> None:
    """Looks for erasures to confirm until the service stops."""
    while True:
        await confirm_waiting(running)
        await asyncio.sleep(PAUSE)


async def confirm_waiting(running: Running) -> int:
    """One pass: cleans the files if anyone was erased, then says so; how many were confirmed."""
    async with running.db.read() as session:
        waiting = (await session.scalars(select(Erasure.id).where(Erasure.confirmed_at.is_(None)))).all()
    if not waiting:
        return 0
    await running.db.scrub()
    async with running.db.write() as session:
        for erasure_id in waiting:
            await usecases.confirm_erasure(session, erasure_id)
    return len(waiting)
