"""Confirming erasures, once the erased bytes have left the database's files.

Done by the leader in the background until it is done, so that a crash at any point only delays it.
"""

from __future__ import annotations

import asyncio

from maillage.service import Running
from sqlalchemy import select

from .erasure import confirm, sweep_mailbox
from .model import Erased

PAUSE = 0.5


async def confirm_erasures(running: Running) -> None:
    """Look for erasures to confirm until the service stops."""
    while True:
        await confirm_waiting(running)
        await asyncio.sleep(PAUSE)


async def confirm_waiting(running: Running) -> int:
    """One pass: clean the files if anyone was erased, then say so; how many were confirmed."""
    async with running.db.read() as session:
        waiting = (await session.scalars(select(Erased.id).where(Erased.confirmed_at.is_(None)))).all()
        if not waiting:
            return 0
        await sweep_mailbox(session, running.settings)
    await running.db.scrub()
    async with running.db.write() as session:
        for person_id in waiting:
            await confirm(session, person_id)
    return len(waiting)
