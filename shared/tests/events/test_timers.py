"""Deadlines: set, moved, cancelled, fired once, tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from maillage import clock as kit_clock
from maillage.db import Database
from maillage.events import record
from maillage.ids import new_id
from maillage.testing.clock import TestClock
from maillage.timers import TimerContext, Timers, cancel_timer, schedule
from sqlalchemy import select

from . import site

DAY = timedelta(days=1)


def recording(failures: int = 0) -> tuple[Timers, list[tuple[str, dict[str, object]]]]:
    timers, fired = Timers(), []
    left = [failures]

    @timers.on("reminder")
    async def remind(key: str, ctx: TimerContext) -> None:
        record(ctx.session, site.ThingSeen(thing_id=new_id()))
        if left[0]:
            left[0] -= 1
            raise RuntimeError("not yet")
        fired.append((key, ctx.payload))

    return timers, fired


async def test_a_timer_fires_once_when_it_is_due(database_url: str, clock: TestClock) -> None:
    timers, fired = recording()
    async with site.database(database_url) as db:
        async with db.write() as session:
            await schedule(session, "reminder", "a", kit_clock.now() + DAY, {"n": 1})
            await schedule(session, "reminder", "b", kit_clock.now() + 2 * DAY)
            await schedule(session, "somebody-elses", "c", kit_clock.now())
        assert await timers.fire_due(db, None) == 0
        clock.advance(DAY)
        assert await timers.fire_due(db, None) == 1
        assert await timers.fire_due(db, None) == 0
        assert fired == [("a", {"n": 1})]
        assert await names(db) == ["reminder", "somebody-elses"]


async def test_a_timer_can_be_moved_and_cancelled(database_url: str, clock: TestClock) -> None:
    timers, fired = recording()
    async with site.database(database_url) as db:
        async with db.write() as session:
            await schedule(session, "reminder", "a", kit_clock.now() + DAY, {"n": 1})
            await schedule(session, "reminder", "a", kit_clock.now() + 3 * DAY, {"n": 2})
            await schedule(session, "reminder", "b", kit_clock.now() + DAY)
            await cancel_timer(session, "reminder", "b")
            await cancel_timer(session, "reminder", "unknown")
        clock.advance(2 * DAY)
        assert await timers.fire_due(db, None) == 0
        clock.advance(DAY)
        assert await timers.fire_due(db, None) == 1
        assert fired == [("a", {"n": 2})]


async def test_a_timer_that_fails_is_undone_and_tried_again(database_url: str, clock: TestClock) -> None:
    timers, fired = recording(failures=2)
    async with site.database(database_url) as db:
        async with db.write() as session:
            await schedule(session, "reminder", "a", kit_clock.now())
        assert await timers.fire_due(db, None) == 0
        assert await timers.fire_due(db, None) == 0  # later, not at once
        assert await recorded(db) == 0
        clock.advance(timedelta(seconds=5))
        with pytest.raises(RuntimeError, match="not yet"):
            await timers.fire_due(db, None, strict=True)
        assert await timers.fire_due(db, None) == 1
        assert fired == [("a", {})]
        assert await recorded(db) == 1


async def test_a_handler_may_set_its_own_timer_again(database_url: str, clock: TestClock) -> None:
    timers = Timers()

    @timers.on("daily")
    async def again(key: str, ctx: TimerContext) -> None:
        await schedule(ctx.session, "daily", key, ctx.due_at + DAY)

    async with site.database(database_url) as db:
        async with db.write() as session:
            await schedule(session, "daily", "x", kit_clock.now())
        for _ in range(3):
            assert await timers.fire_due(db, None) == 1
            clock.advance(DAY)


async def names(db: Database) -> list[str]:
    async with db.read() as session:
        return list(
            (await session.scalars(select(site.KIT.timer.c.name).order_by(site.KIT.timer.c.id))).all()
        )


async def recorded(db: Database) -> int:
    async with db.read() as session:
        return len((await session.execute(select(site.KIT.outbox.c.id))).all())
