"""A moment in which a service publishes nothing, for who takes a consistent backup of several databases.

The relay publishes and notes it while it holds a shared lock of its own database; who holds the exclusive
one of every database knows that no event is on its way, so that whatever has had an effect anywhere is in
the journal of its publisher. On SQLite the backup stops every writer for a moment instead.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import CTE, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage.db.engine import Database

LOCK = (zlib.crc32(b"maillage.publishing") >> 1, 0)
SHARE: CTE = select(
    func.pg_advisory_xact_lock_shared(*LOCK).label("held"),
    # To be noted twice is harmless, the stream knows an event by its id: that commit need not be synced.
    func.set_config("synchronous_commit", "off", True).label("eased"),
    # It waits for the bus, which may be slow, and holds nothing that anybody but a backup waits for.
    func.set_config("idle_in_transaction_session_timeout", "0", True).label("patient"),
).cte("hold")
"""Begins the relay's transaction on PostgreSQL, once no backup is at its moment of stillness."""


@asynccontextmanager
async def publishing(db: Database) -> AsyncIterator[AsyncSession | None]:
    """The transaction to read, publish and note in; none on SQLite, where it would keep writers waiting."""
    if db.dialect != "postgresql":
        yield None
        return
    async with db.write() as session:
        yield session
