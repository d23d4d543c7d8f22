"""New rows gather while others are looked for by their keys, and no answer is another for it."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from maillage.db import Database, among, inserting
from maillage.db.patient import PatientSession
from sqlalchemy import event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """One table."""


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    async with made.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with made.write() as session:
        session.add(Thing(id=1, name="there"))
    yield made
    await made.dispose()


def statements(db: Database, kind: str) -> list[str]:
    seen: list[str] = []

    @event.listens_for(db.engine.sync_engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(kind):
            seen.append(statement)

    return seen


async def test_only_the_same_key_makes_it_write_first(db: Database) -> None:
    inserts = statements(db, "INSERT")
    async with db.write() as session:
        for number in range(2, 12):
            assert await session.get(Thing, number) is None
            session.add(Thing(id=number, name="new"))
        assert inserts == []
        found = await session.get(Thing, 7)
        assert found is not None
        assert len(inserts) == 1


async def test_a_change_is_written_before_any_question(db: Database) -> None:
    updates = statements(db, "UPDATE")
    async with db.write() as session:
        first = await session.get(Thing, 1)
        assert first is not None
        first.name = "changed"
        assert await session.get(Thing, 2) is None
        assert len(updates) == 1


async def test_what_is_foreseen_is_asked_once(db: Database) -> None:
    questions = statements(db, "SELECT")
    async with db.write() as session:
        patient = session.sync_session
        assert isinstance(patient, PatientSession)
        held = await session.run_sync(lambda _: patient.foresee(Thing, [1, 2, 3]))
        assert [thing.id for thing in held] == [1]
        assert (await session.get(Thing, 1)) is held[0]
        assert await session.get(Thing, 2) is None
        assert len(questions) == 1
        session.add(Thing(id=2, name="new"))
        added = await session.get(Thing, 2)
        assert added is not None
        assert added.name == "new"
    async with db.write() as session:
        assert (await session.get(Thing, 2)) is not None


async def test_what_was_foreseen_to_be_absent_and_written_since_is_there(db: Database) -> None:
    questions = statements(db, "SELECT")
    async with db.write() as session:
        await session.run_sync(lambda sync: sync.foresee(Thing, [2]))
        session.add(Thing(id=2, name="new"))
        await session.flush()  # from here on nothing but the session holds it
        gc.collect()
        written = await session.get(Thing, 2)
        assert written is not None
        assert written.name == "new"
        assert len(questions) == 1


async def test_a_change_elsewhere_does_not_make_it_ask_for_what_is_absent(db: Database) -> None:
    questions = statements(db, "SELECT")
    async with db.write() as session:
        (first,) = await session.run_sync(lambda sync: sync.foresee(Thing, [1, 2]))
        first.name = "changed"
        assert await session.get(Thing, 2) is None
        assert len(questions) == 1


async def test_many_rows_and_keys_are_one_statement_however_many(db: Database) -> None:
    inserts, table = set(), Thing.__table__
    seen = statements(db, "INSERT")
    for count in (1, 2, 5):
        rows = [{"id": 10 * count + number, "name": f"thing {number}"} for number in range(count)]
        async with db.write() as session:
            statement, given = inserting(session.sync_session, table, [*rows, {"id": 1, "name": "known"}])
            statement = statement.on_conflict_do_nothing().returning(table.c.id)
            assert set(await session.scalars(statement, given)) == {row["id"] for row in rows}
            keys = {row["id"] for row in rows} | {404}
            found = await session.scalars(select(Thing).where(among(session.sync_session, Thing.id, keys)))
            assert {each.name for each in found} == {row["name"] for row in rows}
        inserts |= set(seen)
    if db.dialect == "postgresql":
        assert len(inserts) == 1, "prepared once"


async def test_what_left_the_session_is_not_held_to_be_there(db: Database) -> None:
    async with db.write() as session:
        assert await session.get(Thing, 2) is None
        thing = Thing(id=2, name="new")
        session.add(thing)
        session.expunge(thing)
        late = Thing(name="named before it is numbered")
        session.add(late)
        assert await session.get(Thing, 2) is None
        late.id = 3
        assert (await session.get(Thing, 3)) is late
