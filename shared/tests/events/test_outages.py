"""A database that is away for a moment costs no event a try; one that troubles it itself is counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest
from maillage.db import Database
from maillage.events import Context
from maillage.events.handling import BELIEVED, DatabaseAway, Handling
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from . import site
from .site import Made
from .test_tries import TRACER, counted, delivered

POSTGRESQL = (
    asyncpg.DiskFullError("could not extend file"),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
    asyncpg.InvalidPasswordError("password authentication failed"),
    asyncpg.DeadlockDetectedError("deadlock detected"),
    asyncpg.SerializationError("could not serialize access"),
    asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
)
SQLITE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR | 3 << 8)


def troubles(db: Database) -> list[DBAPIError]:
    """What the drivers raise, as the dialects wrap it: to asyncpg's nothing is an OperationalError."""
    if db.dialect == "postgresql":
        return [DBAPIError("INSERT", None, each) for each in POSTGRESQL]
    found = list[DBAPIError]()
    for code in SQLITE:
        error = sqlite3.OperationalError("in the way")
        error.sqlite_errorcode = code
        found.append(OperationalError("INSERT", None, error))
    return found


@contextmanager
def failing(db: Database, error: DBAPIError) -> Iterator[None]:
    """No effect can be written; all else is answered, so tries could be counted."""

    def refuse(_c: Any, _cursor: Any, statement: str, _given: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("INSERT INTO seen"):
            raise error

    event.listen(db.engine.sync_engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", refuse)


async def test_a_database_that_is_back_at_once_costs_no_try(database_url: str) -> None:
    async with site.database(database_url) as db:
        handling = Handling(site.watcher(), db, site.settings("fr-tst"), TRACER, (), origin="fr-tst")
        for error in troubles(db):
            messages = [delivered(times=1), delivered(times=1)]
            with failing(db, error):
                for _ in range(3):
                    with pytest.raises(DatabaseAway):
                        await handling.handle(messages)
            assert await counted(db) == {}
            assert [each.outcome for each in await handling.handle(messages)] == ["done", "done"]


@pytest.mark.parametrize("database_dialect", ["sqlite"], indirect=True)
async def test_a_file_that_may_not_grow_costs_no_try(database_url: str) -> None:
    async def write_much(_event: Made, ctx: Context) -> None:
        await ctx.session.execute(site.SEEN.insert().values(thing_id="x" * 500_000))

    message = delivered(times=1)
    async with site.database(database_url) as db:
        watcher = site.watcher(write_much)
        handling = Handling(watcher, db, site.settings("fr-tst"), TRACER, (), origin="fr-tst")
        await grow_to(db, 40)
        with pytest.raises(DatabaseAway):
            await handling.handle([message])
        assert await counted(db) == {}
        await grow_to(db, 100_000)
        assert [each.outcome for each in await handling.handle([message])] == ["done"]


async def grow_to(db: Database, pages: int) -> None:
    """Of the one connection that writes."""
    async with db.write() as session:
        await session.execute(text(f"PRAGMA max_page_count={pages}"))


async def test_a_value_that_no_column_takes_is_buried_at_once_with_a_word_on_it(database_url: str) -> None:
    async def keep_too_much(_event: Made, ctx: Context) -> None:
        await ctx.session.execute(text("SELECT :number"), {"number": 2**70})

    async with site.database(database_url) as db:
        watcher = site.watcher(keep_too_much)
        handling = Handling(watcher, db, site.settings("fr-tst"), TRACER, (3,), origin="fr-tst")
        [verdict] = await handling.handle([delivered(times=1)])
        assert verdict.outcome == "dead"
        assert (verdict.dead or "").startswith("Unfit: a value has no place in its column (")


async def test_an_event_that_makes_its_own_error_is_counted_and_holds_up_nobody(database_url: str) -> None:
    poison = delivered(times=1)

    async def ask_nonsense(event: Made, ctx: Context) -> None:
        if str(ctx.event_id) == poison.headers["ce-id"]:
            await ctx.session.execute(text("SELECT nothing FROM nowhere"))

    async with site.database(database_url) as db:
        watcher = site.watcher(ask_nonsense)
        handling = Handling(watcher, db, site.settings("fr-tst"), TRACER, (3,), origin="fr-tst")
        outcomes = [each.outcome for each in await handling.handle([delivered(times=1), poison])]
        assert outcomes == ["done", "retry"]
        (verdict,) = await handling.handle([poison])
        assert verdict.dead is not None


@pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)  # SQLite has none to end
async def test_an_event_that_ends_its_connection_each_time_is_found_among_the_others(
    database_url: str,
) -> None:
    poison = delivered(times=1)

    async def hang_up(event: Made, ctx: Context) -> None:
        if str(ctx.event_id) == poison.headers["ce-id"]:
            await ctx.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    async with site.database(database_url) as db:
        handling = Handling(site.watcher(hang_up), db, site.settings("fr-tst"), TRACER, (3,), origin="fr-tst")
        batch = [delivered(times=1), poison, delivered(times=1)]
        for _ in range(BELIEVED):
            with pytest.raises(DatabaseAway):
                await handling.handle(batch)
        assert await counted(db) == {}
        assert [each.outcome for each in await handling.handle(batch)] == ["done", "retry", "done"]
        assert await counted(db) == {f"fr-tst!{poison.headers['ce-id']}": 1}
