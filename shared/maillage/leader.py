"""One active replica per service: the same leadership serves relay, consumer, timers and background work.

On PostgreSQL it is an advisory lock held by a connection of its own, so it ends with the process or the
connection, and another replica takes over. A leader that falls silent, frozen with its connections open, has
its connection ended by the server. On SQLite there is one process by construction.

Over the same connection who waits for the lock tells the leader when there is work for it (NOTIFY outside any
transaction of a request: at its commit it would make all commits of the server queue).
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from maillage.db.engine import Database, end_when_silent
from maillage.tasks import end, stop_if_cancelled, unless_astray

log = structlog.get_logger("maillage.leader")
_NAMESPACE = zlib.crc32(b"maillage.leader") >> 1
LEADER = Gauge("maillage_leader", "1 on the replica at work on events and timers, else 0", ["service"])
Work = Callable[[], Awaitable[None]]
BETWEEN_NEWS = 0.02
"""Seconds between two words to the leader, who gathers for as long before it publishes again."""

SILENCE = 15.0
"""Seconds after which the server ends the connection of a leader of whom it hears nothing."""

_END_WHEN_SILENT = text("SELECT set_config('idle_session_timeout', :milliseconds, false)")

# Nobody need be told of it after a crash of the server: it does not wait for the disk.
_TELL = text("SELECT set_config('synchronous_commit', 'off', true), pg_notify(:channel, '')")


def lock_key(name: str) -> tuple[int, int]:
    """The advisory lock that the leader of this service holds on PostgreSQL."""
    return _NAMESPACE, zlib.crc32(name.encode()) >> 1


@dataclass(frozen=True, slots=True)
class News:
    """How there being work is heard of: `here` is set in this process, `tell` is called for the others'."""

    here: asyncio.Event = field(default_factory=asyncio.Event)
    tell: Callable[[], None] = lambda: None


class Leadership:
    """The leadership of one service. `leading` says whether this process has it now."""

    def __init__(
        self,
        db: Database,
        name: str,
        news: News | None = None,
        *,
        retry: float = 1.0,
        heartbeat: float = 2.0,
        silence: float = SILENCE,
    ) -> None:
        self._db, self._name, self._news = db, name, news or News()
        self._retry, self._heartbeat, self._silence = retry, heartbeat, silence
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
        end_when_silent(engine)
        try:
            async with engine.connect() as connection:
                # Before it has the lock: cut off in between, it would keep it for as long as TCP does.
                await connection.execute(_END_WHEN_SILENT, {"milliseconds": f"{self._silence * 1000:.0f}"})
                await self._acquire(connection)
                ended = await self._listen(connection)
                await self._lead(work, lambda: self._watch(connection, ended))
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
            await self._pass_on(connection, time.monotonic() + self._retry)

    async def _pass_on(self, connection: AsyncConnection, until: float) -> None:
        """Until it is time to try again, tell the leader whenever there is work for it."""
        while (left := until - time.monotonic()) > 0:
            stop_if_cancelled()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._news.here.wait()
            if self._news.here.is_set():
                self._news.here.clear()
                await connection.execute(_TELL, {"channel": self._channel})
                await asyncio.sleep(BETWEEN_NEWS)

    @property
    def _channel(self) -> str:
        return f"maillage.leader.{self._name}"

    async def _listen(self, connection: AsyncConnection) -> asyncio.Event:
        """Hear from who waits to lead; what is set when the connection is no more."""
        raw: Any = (await connection.get_raw_connection()).driver_connection
        ended = asyncio.Event()
        raw.add_termination_listener(lambda _: ended.set())
        await raw.add_listener(self._channel, lambda *_: self._news.tell())
        self._news.tell()  # what was told to nobody meanwhile
        return ended

    async def _watch(self, connection: AsyncConnection, ended: asyncio.Event) -> None:
        """Return or raise when the lock's connection is no more."""
        while not ended.is_set():
            stop_if_cancelled()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat):
                    await ended.wait()
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
