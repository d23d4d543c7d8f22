"""A moment in which a service publishes nothing, for who takes a consistent backup of several databases.

The relay publishes while it holds a shared lock of its own database; who holds the exclusive one of every
database knows that no event is on its way, so that whatever has had an effect anywhere is in the journal of
its publisher. On SQLite the backup stops every writer for a moment instead.

The lock is the connection's, not a transaction's: none is open while the bus takes its time, and a batch is
two statements that begin and commit by themselves. It is had by the one that reads what waits, if anything
does, and given back by the one that notes it.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from maillage.db.engine import Database

LOCK = (zlib.crc32(b"maillage.publishing") >> 1, 0)
HELD = select(func.pg_advisory_lock_shared(*LOCK)).scalar_subquery().is_not(None).label("held")
"""A column that waits until no backup is at its moment of stillness, and does nothing where no row is."""

GIVEN_BACK = func.pg_advisory_unlock_shared(*LOCK).label("given_back")


@asynccontextmanager
async def publishing(db: Database) -> AsyncIterator[AsyncConnection | None]:
    """The connection to read, publish and note with; none on SQLite, where the three share no lock.

    When something goes wrong the connection is closed, and whatever it holds ends with it.
    """
    if db.dialect != "postgresql":
        yield None
        return
    async with db.alone() as connection:
        try:
            yield connection
        except BaseException as error:
            await connection.invalidate(error)
            raise
