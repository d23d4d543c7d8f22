"""After `scrub` no file of the database holds what was deleted, byte for byte."""

import asyncio
import random
from pathlib import Path

import pytest
from maillage.db import Database
from sqlalchemy import text

NEEDLE = "Quassandre-Vréménil"


def files_holding(folder: Path, needle: str) -> list[str]:
    return [path.name for path in folder.iterdir() if needle.encode() in path.read_bytes()]


async def fill(db: Database, chance: random.Random) -> None:
    """Rows small and large, indexed and overflowing, so that pages split, merge and move."""
    async with db.write() as session:
        await session.execute(text("CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT, bio TEXT)"))
        await session.execute(text("CREATE INDEX ix_person_name ON person (name)"))
    for number in range(200):
        mine = chance.random() < 0.4
        row = {
            "id": f"{chance.getrandbits(64):016x}",
            "name": f"{NEEDLE}{number}" if mine else f"autre{number}",
            "bio": (NEEDLE if mine else "x") * chance.choice((1, 20, 900)),
        }
        async with db.write() as session:
            await session.execute(text("INSERT INTO person VALUES (:id, :name, :bio)"), row)


@pytest.mark.parametrize("seed", range(4))
async def test_no_trace_of_what_was_erased_is_left(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a test's variety
    db = Database(f"sqlite:///{tmp_path}/a.db")
    await fill(db, chance)
    assert files_holding(tmp_path, NEEDLE), "the search finds what stands there"
    async with db.write() as session:
        mine = {"mine": f"{NEEDLE}%"}
        half = "UPDATE person SET name = 'x', bio = '' WHERE name LIKE :mine AND id < '8'"
        await session.execute(text(half), mine)
        await session.execute(text("DELETE FROM person WHERE name LIKE :mine"), mine)
    await db.scrub()
    assert files_holding(tmp_path, NEEDLE) == []
    await db.dispose()


async def test_scrubbing_waits_for_a_reader_that_still_sees_it(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/a.db")
    await fill(db, random.Random(7))  # noqa: S311
    reading, done = asyncio.Event(), asyncio.Event()

    async def read() -> int:
        async with db.read() as session:
            await session.execute(text("SELECT 1 FROM person"))
            reading.set()
            await done.wait()
            return int((await session.execute(text("SELECT count(*) FROM person"))).scalar_one())

    reader = asyncio.create_task(read())
    await reading.wait()
    async with db.write() as session:
        await session.execute(text("DELETE FROM person"))
    scrubbing = asyncio.create_task(db.scrub())
    await asyncio.sleep(0.3)
    assert not scrubbing.done()
    done.set()
    assert await reader == 200
    await scrubbing
    assert files_holding(tmp_path, NEEDLE) == []
    await db.dispose()


async def test_writing_goes_on_afterwards(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/a.db")
    await fill(db, random.Random(3))  # noqa: S311
    await asyncio.gather(db.scrub(), db.scrub())
    async with db.write() as session:
        await session.execute(text("DELETE FROM person"))
    async with db.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM person"))).scalar_one() == 0
    await db.dispose()
