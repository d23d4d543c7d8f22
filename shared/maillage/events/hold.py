"""A moment in which a service publishes nothing, for who takes a consistent backup of several databases.

The relay publishes while it holds a shared lock of its own database; who holds the exclusive one of every
database knows that no event is on its way, so that whatever has had an effect anywhere is in the journal of
its publisher. On SQLite the backup stops every writer for a moment instead.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from maillage.db.engine import Database

LOCK = (zlib.crc32(b"maillage.publishing") >> 1, 0)
_SHARE = text("SELECT pg_advisory_xact_lock_shared(:space, :key)")


@asynccontextmanager
async def publishing(db: Database) -> AsyncIterator[None]:
    """Publish inside the block; it begins once no backup is at its moment of stillness."""
    if db.dialect != "postgresql":
        yield
        return
    async with db.read() as session:
        await session.execute(_SHARE, {"space": LOCK[0], "key": LOCK[1]})
        yield
