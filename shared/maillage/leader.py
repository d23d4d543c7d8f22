"""One active replica per service: the same leadership serves relay, consumer, timers and background work.

On PostgreSQL it is an advisory lock held by a connection of its own, so it ends with the process or the
connection, and another replica takes over. On SQLite there is one process by construction.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from maillage.db.engine import Database
from maillage.tasks import end, stop_if_cancelled, unless_astray

log = structlog.get_logger("maillage.leader")
_NAMESPACE = zlib.crc32(b"maillage.leader") >> 1
LEADER = Gauge("maillage_leader", "1 on the replica at work on events and timers, else 0", ["service"])
Work = Callable[[], Awaitable[None]]


def lock_key(name: str) -> tuple[int, int]:
    """The advisory lock that the leader of this service holds on PostgreSQL."""
    return _NAMESPACE, zlib.crc32(name.encode()) >> 1


class Leadership:
    """The leadership of one service. `leading` says whether this process has it now."""

    def __init__(self, db: Database, name: str, *, retry: float = 1.0, heartbeat: float = 2.0) -> None:
        self._db, self._name = db, name
        self._retry, self._heartbeat = retry, heartbeat
        self.leading = False
        LEADER.labels(name).set(0)

    async def run(self, work: Work) -> None:
        """Run `work` for as long as this process leads, again after every loss, until cancelled."""
        while True:
            stop_if_cancelled()
            try:
                await unless_astray(self._term(work))
            except Exception:
                log.exception("leadership ended", service=self._name)
            await asyncio.sleep(self._retry)

    async def _term(self, work: Work) -> None:
        if self._db.dialect == "sqlite":
            await self._lead(work, asyncio.Event().wait)
            return
        engine = create_async_engine(self._db.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await self._acquire(connection)
                await self._lead(work, lambda: self._watch(connection))
        finally:
            with suppress(Exception):
                await engine.dispose()

    async def _acquire(self, connection: AsyncConnection) -> None:
        key = dict(zip(("space", "key"), lock_key(self._name), strict=True))
        statement = text("SELECT pg_try_advisory_lock(:space, :key)")
        while True:
            stop_if_cancelled()
            if (await connection.execute(statement, key)).scalar_one():
                return
            await asyncio.sleep(self._retry)

    async def _watch(self, connection: AsyncConnection) -> None:
        """Return or raise when the lock's connection is no more."""
        while True:
            stop_if_cancelled()
            await asyncio.sleep(self._heartbeat)
            async with asyncio.timeout(self._heartbeat):
                await connection.execute(text("SELECT 1"))

    async def _lead(self, work: Work, until_lost: Callable[[], Awaitable[object]]) -> None:
        self.leading = True
        LEADER.labels(self._name).set(1)
        log.info("leading", service=self._name)
        tasks = [asyncio.ensure_future(work()), asyncio.ensure_future(until_lost())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            self.leading = False
            LEADER.labels(self._name).set(0)
            await end(tasks)
