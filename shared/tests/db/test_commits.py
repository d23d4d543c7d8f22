"""A loop that looks for rows is left alone until something is committed."""

from __future__ import annotations

import asyncio

from maillage.db import Database, commits
from sqlalchemy import text


async def test_a_pause_ends_with_a_commit_and_not_with_a_read(database_url: str) -> None:
    db = Database(database_url)
    with commits.listen() as looks:
        pause = asyncio.create_task(looks.pause(0, most=3600))
        async with db.read() as session:
            await session.execute(text("SELECT 1"))
        async with db.alone() as connection:
            await connection.execute(text("SELECT 1"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not pause.done()
        await _commit(db)
        async with asyncio.timeout(60):
            await pause
    await db.dispose()


async def test_a_commit_during_a_look_is_not_missed(database_url: str) -> None:
    db = Database(database_url)
    with commits.listen() as looks:
        await _commit(db)  # in the midst of the loop's own look
        async with asyncio.timeout(60):
            await looks.pause(0, most=3600)
    await db.dispose()


async def test_without_a_commit_it_ends_all_the_same() -> None:
    with commits.listen() as looks:
        async with asyncio.timeout(60):
            await looks.pause(0, most=0.01)


async def _commit(db: Database) -> None:
    async with db.write() as session:
        await session.execute(text("SELECT 1"))
