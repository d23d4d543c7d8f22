"""No thread of a SQLite connection answers to a loop that is closed."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from maillage.db import Database, threads
from sqlalchemy import text

LONG = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000) SELECT max(x) FROM n"


async def cancelled(database: Database, after: int) -> None:
    """Somebody who gives up so many turns of the loop after he began to ask, and the end of the database."""

    async def ask() -> None:
        async with database.read() as session:
            await session.execute(text(LONG))

    asking = asyncio.create_task(ask())
    for _ in range(after):
        await asyncio.sleep(0)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    await database.dispose()


def test_who_is_cancelled_leaves_no_thread_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fallen: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: fallen.append(told.exc_value))
    before = set(threading.enumerate())
    for after in range(1, 40):
        asyncio.run(cancelled(Database(f"sqlite:///{tmp_path / 'some.db'}"), after))
        left = set(threading.enumerate()) - before
        assert not left, f"cancelled after {after} turns"
    assert fallen == []


async def test_the_end_does_not_wait_for_a_connection_that_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "PATIENCE", float("inf"))
    database = Database(f"sqlite:///{tmp_path / 'some.db'}")
    async with database.read() as session:
        await session.execute(text("SELECT 1"))
        async with asyncio.timeout(60):
            await database.dispose()
    await database.dispose()
