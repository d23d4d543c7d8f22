"""Deadlines as rows: set in the transaction that makes them, fired once by the leader in one of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from maillage import clock
from maillage.db import commits
from maillage.db.engine import Database
from maillage.events import metrics
from maillage.events.cause import caused_by
from maillage.events.tables import KIT
from maillage.tasks import stop_if_cancelled

log = structlog.get_logger("maillage.timers")
_TIMER = KIT.timer
_FIRST_DELAY = timedelta(seconds=5)
_LONGEST_DELAY = timedelta(hours=1)


async def schedule(
    session: AsyncSession, name: str, key: str, due_at: datetime, payload: dict[str, Any] | None = None
) -> None:
    """Set the deadline (`name`, `key`), or move it if it is set already, in `session`'s transaction."""
    dialect = session.get_bind().dialect.name
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    values = {"due_at": due_at, "payload": payload, "attempts": 0, "last_error": None}
    statement = insert(_TIMER).values(name=name, key=key, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["name", "key"], set_=values))


async def cancel_timer(session: AsyncSession, name: str, key: str) -> None:
    """Forget the deadline (`name`, `key`); nothing happens when there is none."""
    await session.execute(delete(_TIMER).where(_TIMER.c.name == name, _TIMER.c.key == key))


@dataclass(frozen=True, slots=True)
class TimerContext:
    """What a timer's handler is given beside the key. `session` is the transaction, committed after it."""

    session: AsyncSession
    due_at: datetime
    payload: dict[str, Any]
    settings: Any


TimerHandler = Callable[[str, TimerContext], Awaitable[None]]


class Timers:
    """The deadlines a service answers to, by name."""

    def __init__(self) -> None:
        self._handlers: dict[str, TimerHandler] = {}

    def on(self, name: str) -> Callable[[TimerHandler], TimerHandler]:
        """Register `async def (key, ctx)` as what happens when a timer of this name is due."""

        def register(handler: TimerHandler) -> TimerHandler:
            if name in self._handlers:
                raise ValueError(f"two handlers for the timer {name!r}")
            self._handlers[name] = handler
            return handler

        return register

    async def fire_due(self, db: Database, settings: Any, *, strict: bool = False, limit: int = 500) -> int:
        """Fire what is due now, oldest first, each in a transaction; how many succeeded.

        A handler that raises is undone and tried again later; with `strict` (tests) it raises here instead.
        """
        async with db.read() as session:
            due = select(_TIMER.c.id).where(_TIMER.c.due_at <= clock.now(), _TIMER.c.name.in_(self._handlers))
            ids = (await session.scalars(due.order_by(_TIMER.c.due_at, _TIMER.c.id).limit(limit))).all()
        fired = 0
        for timer_id in ids:
            fired += await self._fire(db, timer_id, settings, strict=strict)
        return fired

    async def _fire(self, db: Database, timer_id: int, settings: Any, *, strict: bool) -> bool:
        try:
            async with db.write() as session:
                return await self._fire_in(session, timer_id, settings)
        except Exception as error:
            if strict:
                raise
            log.exception("timer failed", timer_id=timer_id)
            await _postpone(db, timer_id, error)
            return False

    async def _fire_in(self, session: AsyncSession, timer_id: int, settings: Any) -> bool:
        # Deleted first, so that the handler may set the same deadline again.
        due = delete(_TIMER).where(_TIMER.c.id == timer_id, _TIMER.c.due_at <= clock.now())
        row = (await session.execute(due.returning(_TIMER))).one_or_none()
        if row is None:
            return False
        with caused_by(None, None):
            context = TimerContext(session, row.due_at, row.payload or {}, settings)
            await self._handlers[row.name](row.key, context)
        metrics.TIMERS_FIRED.labels(row.name, "done").inc()
        return True

    async def run(self, db: Database, settings: Any, *, poll: float = 1.0) -> None:
        """Fire timers as they fall due until cancelled. Only the leader of the service may run this."""
        with commits.listen() as looks:
            while True:
                stop_if_cancelled()
                rest = 0.0
                try:
                    rest = await self._until_next(db)
                    busy = rest <= 0 and await self.fire_due(db, settings) > 0
                except Exception:  # the database is away: say so, and be there when it is back
                    log.exception("timers cannot be read")
                    busy = False
                if not busy:
                    await looks.pause(poll, min(rest, commits.SELDOM))

    async def _until_next(self, db: Database) -> float:
        """Seconds until a timer is due, none when one is; many when none is set."""
        async with db.alone() as connection:
            due = await connection.scalar(self._next)
        return (due - clock.now()).total_seconds() if due is not None else commits.SELDOM

    @cached_property
    def _next(self) -> Select[Any]:
        # Made once the service runs, when all its handlers are known.
        return select(func.min(_TIMER.c.due_at)).where(_TIMER.c.name.in_(self._handlers))


async def _postpone(db: Database, timer_id: int, error: Exception) -> None:
    async with db.write() as session:
        one = select(_TIMER.c.attempts, _TIMER.c.name).where(_TIMER.c.id == timer_id)
        row = (await session.execute(one)).one_or_none()
        if row is None:
            return
        delay = min(_FIRST_DELAY * 2 ** min(row.attempts, 12), _LONGEST_DELAY)
        changes = {
            "attempts": row.attempts + 1,
            "due_at": clock.now() + delay,
            "last_error": type(error).__name__,
        }
        await session.execute(update(_TIMER).where(_TIMER.c.id == timer_id).values(**changes))
        metrics.TIMERS_FIRED.labels(row.name, "failed").inc()
