"""Confirming erasures, once the erased bytes have left the database's files.

A consumer erases a person in its transaction and notes the erasure; the bytes leave the files later.
The leader confirms in the background until it is done, so that a crash at any point only delays it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

if TYPE_CHECKING:
    from maillage.service import Running

PAUSE = 0.5
"""Seconds between two looks for erasures to confirm."""


@dataclass(frozen=True, slots=True)
class Confirmations:
    """How one service confirms.

    `waiting`: selects the ids of erasures noted and not confirmed. `confirm`: notes that one is confirmed and
    records its event. `sweep`: removes what stands outside the database, before the files are cleaned.
    """

    waiting: Select[UUID]
    confirm: Callable[[AsyncSession, UUID], Awaitable[None]]
    sweep: Callable[[AsyncSession, Any], Awaitable[object]] | None = None

    async def run(self, running: Running) -> None:
        """Looks for erasures to confirm until the service stops; a background task of the service."""
        while True:
            await self.one_pass(running)
            await asyncio.sleep(PAUSE)

    async def one_pass(self, running: Running) -> int:
        """Cleans the files if anyone was erased, then says so; how many were confirmed."""
        async with running.db.read() as session:
            ids = (await session.scalars(self.waiting)).all()
            if not ids:
                return 0
            if self.sweep is not None:
                await self.sweep(session, running.settings)
        await running.db.scrub()
        async with running.db.write() as session:
            for each in ids:
                await self.confirm(session, each)
        return len(ids)
