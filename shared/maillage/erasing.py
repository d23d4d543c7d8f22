"""Confirming erasures, once the erased bytes have left the database's files.

A consumer erases a person in its transaction and notes the erasure; the bytes leave the files later.
The leader confirms in the background until it is done, so that a crash at any point only delays it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage.db import commits

if TYPE_CHECKING:
    from maillage.db import Database
    from maillage.service import Running

PAUSE = 0.5
"""Seconds between two looks for erasures to confirm, in a process that commits anything."""


@dataclass(frozen=True, slots=True)
class Confirmations:
    """How one service confirms.

    `waiting`: selects the ids of erasures noted and not confirmed. `confirm`: notes that one is confirmed and
    records its event. `sweep`: removes what stands outside the database, before the files are cleaned, and
    with no transaction open, for that may take long.
    """

    waiting: Select[UUID]
    confirm: Callable[[AsyncSession, UUID], Awaitable[None]]
    sweep: Callable[[Database, Any], Awaitable[object]] | None = None

    async def run(self, running: Running) -> None:
        """Looks for erasures to confirm until the service stops; a background task of the service."""
        with commits.listen() as looks:
            while True:
                await self.one_pass(running)
                await looks.pause(PAUSE)

    async def one_pass(self, running: Running) -> int:
        """Cleans the files if anyone was erased, then says so; how many were confirmed."""
        async with running.db.read() as session:
            ids = (await session.scalars(self.waiting)).all()
        if not ids:
            return 0
        if self.sweep is not None:
            await self.sweep(running.db, running.settings)
        await running.db.scrub()
        async with running.db.write() as session:
            for each in ids:
                await self.confirm(session, each)
        return len(ids)


@dataclass(frozen=True, slots=True)
class Asked:
    """An erasure that was asked for: ids and a moment only, so that a list of them may outlive the person."""

    erasure_id: UUID
    person_id: UUID
    requested_by: UUID
    requested_at: datetime

    def line(self) -> str:
        """As a line of JSON."""
        return json.dumps({name: str(getattr(self, name)) for name in self.__slots__})

    @classmethod
    def parse(cls, line: str) -> Asked:
        """Read a line. Raises ValueError."""
        try:
            said = json.loads(line)
            erasure, person, by = (UUID(said[name]) for name in ("erasure_id", "person_id", "requested_by"))
            return cls(erasure, person, by, datetime.fromisoformat(said["requested_at"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no erasure: {error!r}") from None


@dataclass(frozen=True, slots=True)
class ErasureMemory:
    """How a service that answers for erasures keeps them through a restore.

    `known`: those its database knows. `repeat`: after an older state was put back, has the service do again
    those given that its database does not know, and those it was not done with at `since`; how many. It is
    called after every restore, so that the service may also take back what must not come back with it.
    """

    known: Callable[[AsyncSession], Awaitable[list[Asked]]]
    repeat: Callable[[AsyncSession, Sequence[Asked], datetime], Awaitable[int]]


def read_log(path: Path) -> list[Asked]:
    """The erasures in a file of lines. What a crash left half written is passed over, a receipt never is:
    an erasure counts as noted only once its whole line is on the disk.
    """
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        with suppress(ValueError):
            found.append(Asked.parse(line))
    return found


def add_to_log(path: Path, asked: Sequence[Asked]) -> int:
    """Append the erasures that the file does not have yet, down to the disk; how many. Raises OSError."""
    there = {each.erasure_id for each in read_log(path)} if path.exists() else set()
    new = [each for each in asked if each.erasure_id not in there]
    if not new:
        return 0
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "r+b") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")  # what a crash left half written stands for itself and is no erasure
        file.write("".join(f"{each.line()}\n" for each in new).encode())
        file.flush()
        os.fsync(file.fileno())
    return len(new)
