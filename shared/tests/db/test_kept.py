"""A connection at hand for who comes next, and none that anybody should beware of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from maillage.db import Database
from maillage.db import kept as module
from maillage.db.kept import Kept
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

pytestmark = pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)
BACKEND = text("SELECT pg_backend_pid()")


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url)
    yield db
    await db.dispose()


@pytest_asyncio.fixture
async def kept(db: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kept]:
    monkeypatch.setattr(module, "KEPT_SECONDS", 3600.0)  # none goes because a test was held up
    kept = Kept(db.engine.execution_options(isolation_level="AUTOCOMMIT").connect)
    yield kept
    await kept.end()


def lent(db: Database) -> Any:
    """How many connections the pool is without."""
    return db.engine.pool.checkedout()  # type: ignore[attr-defined]


async def used(kept: Kept) -> AsyncConnection:
    """The connection that was lent for a statement."""
    async with kept.lend() as connection:
        assert await connection.scalar(BACKEND)
    return connection


async def test_the_next_is_lent_the_same(db: Database, kept: Kept) -> None:
    assert await used(kept) is await used(kept)
    assert lent(db) == 1


async def test_each_has_one_to_herself_and_one_is_kept(db: Database, kept: Kept) -> None:
    async with kept.lend() as one, kept.lend() as other:
        assert one is not other
        assert await one.scalar(BACKEND) != await other.scalar(BACKEND)
        assert lent(db) == 2
    assert lent(db) == 1
    await kept.end()
    assert lent(db) == 0


async def test_none_is_kept_where_something_went_wrong(db: Database, kept: Kept) -> None:
    await used(kept)
    with pytest.raises(ZeroDivisionError):
        async with kept.lend():
            raise ZeroDivisionError
    assert lent(db) == 0


async def test_none_is_kept_whose_work_was_cancelled(db: Database, kept: Kept) -> None:
    begun = asyncio.Event()

    async def wait() -> None:
        async with kept.lend() as connection:
            begun.set()
            await connection.execute(text("SELECT pg_sleep(60)"))

    task = asyncio.create_task(wait())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert lent(db) == 0
    await used(kept)


async def test_one_whose_server_has_hung_up_is_not_lent_again(db: Database, kept: Kept) -> None:
    first = await used(kept)
    assert first.sync_connection is not None
    driver: Any = first.sync_connection.connection.driver_connection
    async with db.alone() as another:
        await another.execute(text(f"SELECT pg_terminate_backend({driver.get_server_pid()})"))
    while not driver.is_closed():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert await used(kept) is not first
    assert lent(db) == 1


async def test_it_is_given_back_when_nobody_comes(
    db: Database, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_SECONDS", 0.01)
    await used(kept)
    async with asyncio.timeout(60):
        while lent(db):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await used(kept)
