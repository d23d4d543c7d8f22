"""A statement on SQLite is one trip to its thread, and answers what it did with several."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from maillage.db.engine import Database
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/a.db")
    async with database.write() as session:
        await session.execute(text("CREATE TABLE seat (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
        await session.execute(
            text("INSERT INTO seat (name) VALUES (:name)"), [{"name": "Ubaye"}, {"name": "Crau"}]
        )
    yield database
    await database.dispose()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    made: list[Any] = []
    ask: Any = aiosqlite.Connection._execute

    async def count(self: aiosqlite.Connection, function: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(getattr(function, "__name__", function))
        return await ask(self, function, *args, **kwargs)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", count)
    return made


async def test_a_read_is_a_trip_for_each_statement_and_one_for_the_end(
    db: Database, trips: list[Any]
) -> None:
    await db.ping()  # connects
    trips.clear()
    async with db.read() as session:
        assert (await session.scalars(text("SELECT name FROM seat ORDER BY id"))).all() == ["Ubaye", "Crau"]
        assert await session.scalar(text("SELECT count(*) FROM seat WHERE id = :id"), {"id": 1}) == 1
    assert trips == ["_asked", "_asked", "rollback"]


async def test_a_read_that_asks_nothing_makes_no_trip(db: Database, trips: list[Any]) -> None:
    await db.ping()
    trips.clear()
    async with db.read() as session:
        await session.connection()
    assert trips == []


async def test_a_read_sees_one_state_from_its_first_statement_on(db: Database) -> None:
    count = text("SELECT count(*) FROM seat")
    async with db.read() as session:
        await session.connection()  # no state yet
        await _insert(db, "Sorgue")
        assert await session.scalar(count) == 3
        await _insert(db, "Verdon")
        assert await session.scalar(count) == 3
    async with db.read() as session:
        assert await session.scalar(count) == 4


async def test_rows_read_bit_by_bit_are_of_one_state_too(db: Database) -> None:
    async with db.read() as session:
        rows = await session.stream(text("SELECT name FROM seat ORDER BY id"))
        assert (await rows.fetchone()) == ("Ubaye",)
        await _insert(db, "Sorgue")
        assert [row async for row in rows] == [("Crau",)]
        assert await session.scalar(text("SELECT count(*) FROM seat")) == 2


async def test_what_a_statement_changed_is_told(db: Database) -> None:
    async with db.write() as session:
        added = await session.execute(text("INSERT INTO seat (name) VALUES ('Sorgue')"))
        assert added.lastrowid == 3  # type: ignore[attr-defined]  # of a cursor's result
        changed = await session.execute(text("UPDATE seat SET name = name || '!' RETURNING name"))
        assert sorted(changed.scalars()) == ["Crau!", "Sorgue!", "Ubaye!"]
        gone = await session.execute(text("DELETE FROM seat WHERE id < 3"))
        assert gone.rowcount == 2  # type: ignore[attr-defined]  # of a cursor's result


async def test_a_statement_that_fails_leaves_the_connection_as_good_as_before(db: Database) -> None:
    with pytest.raises(IntegrityError):
        await _insert(db, "Crau")
    async with db.read() as session:
        with pytest.raises(Exception, match="no such table"):
            await session.scalar(text("SELECT 1 FROM nowhere"))
    await _insert(db, "Sorgue")
    async with db.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM seat")) == 3


async def _insert(db: Database, name: str) -> None:
    async with db.write() as session:
        await session.execute(text("INSERT INTO seat (name) VALUES (:name)"), {"name": name})
