"""Transactions on both databases: nothing is lost, nothing is half done, and a read never writes."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from maillage.db import Database, Json, ServiceBase, Versioned, lock_row, make_base
from maillage.errors import NotFound
from maillage.ids import new_id
from maillage.testing import TestClock
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError


class Base(ServiceBase, DeclarativeBase):
    """The tables of these tests."""


class Seat(Versioned, Base):
    """Something with a number that several want to change."""

    __tablename__ = "seat"

    taken: Mapped[int] = mapped_column(default=0)
    facts: Mapped[dict[str, object]] = mapped_column(Json, default=dict)
    seen_at: Mapped[datetime | None]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    async with made.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield made
    await made.dispose()


async def a_seat(db: Database, **values: object) -> UUID:
    async with db.write() as session:
        seat = Seat(**values)
        session.add(seat)
    return seat.id


async def taken(db: Database, seat_id: UUID) -> int:
    async with db.read() as session:
        return (await session.execute(select(Seat.taken).where(Seat.id == seat_id))).scalar_one()


async def take_one(db: Database, seat_id: UUID) -> None:
    async with db.write() as session:
        seat = await lock_row(session, Seat, seat_id)
        before = seat.taken
        await asyncio.sleep(0)  # let the others in between reading and writing
        seat.taken = before + 1


async def test_a_write_commits_at_its_end_and_not_when_it_raises(db: Database) -> None:
    seat_id = await a_seat(db)

    async def fail_half_way() -> None:
        async with db.write() as session:
            (await lock_row(session, Seat, seat_id)).taken = 9
            await session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await fail_half_way()
    assert await taken(db, seat_id) == 0


async def test_a_cancelled_write_leaves_nothing_and_frees_the_way(db: Database) -> None:
    seat_id = await a_seat(db)
    inside = asyncio.Event()

    async def hang() -> None:
        async with db.write() as session:
            (await lock_row(session, Seat, seat_id)).taken = 9
            await session.flush()
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(30):
        await take_one(db, seat_id)
    assert await taken(db, seat_id) == 1


async def test_a_write_cancelled_in_the_middle_of_a_read_gives_up_its_lock(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('cancelled') / 'half-read.db'}"
    db, another_process = Database(url), Database(url)
    reading, cancelled = threading.Event(), threading.Event()

    def first_row() -> int:
        reading.set()
        cancelled.wait(30)
        return 1

    async def write() -> None:
        async with db.write() as session:
            await session.execute(text("CREATE TABLE half (number INTEGER)"))
            raw = await (await session.connection()).get_raw_connection()
            await raw.driver_connection.create_function("first_row", 0, first_row)  # type: ignore[union-attr]
            await session.execute(text("SELECT first_row() UNION ALL SELECT 2"))

    task = asyncio.create_task(write())
    await asyncio.to_thread(reading.wait, 30)
    task.cancel()
    await asyncio.sleep(0)
    cancelled.set()
    with pytest.raises(asyncio.CancelledError) as kept:  # and with it the frames that hold the cursor
        await task
    async with another_process.write() as session:
        await session.execute(text("CREATE TABLE other (number INTEGER)"))
    assert kept.value.__traceback__ is not None
    await db.dispose()
    await another_process.dispose()


async def test_no_concurrent_change_is_lost(db: Database) -> None:
    seat_id = await a_seat(db)
    await asyncio.gather(*(take_one(db, seat_id) for _ in range(40)))
    assert await taken(db, seat_id) == 40


OTHER_PROCESS = """
import asyncio, sys
from uuid import UUID
from sqlalchemy import text
from maillage.db import Database

async def main():
    db = Database(sys.argv[1])
    lock = "" if db.dialect == "sqlite" else " FOR UPDATE"
    for _ in range(50):
        async with db.write() as session:
            n = (await session.execute(text("SELECT n FROM counter" + lock))).scalar_one()
            await session.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})
    await db.dispose()

asyncio.run(main())
"""


async def test_no_change_of_another_process_is_lost(database_url: str) -> None:
    db = Database(database_url)
    async with db.write() as session:
        await session.execute(text("CREATE TABLE counter (n INTEGER)"))
        await session.execute(text("INSERT INTO counter VALUES (0)"))
    command = [sys.executable, "-c", OTHER_PROCESS, database_url]
    others = [await asyncio.create_subprocess_exec(*command) for _ in range(3)]
    assert [await other.wait() for other in others] == [0, 0, 0]
    async with db.read() as session:
        assert (await session.execute(text("SELECT n FROM counter"))).scalar_one() == 150
    await db.dispose()


async def test_work_apart_does_not_queue_behind_requests(database_url: str) -> None:
    db = Database(database_url, pool_size=1, max_overflow=0)
    apart = db.apart()
    async with db.read() as held, apart.write() as session:  # with one queue this would wait for itself
        await held.execute(text("SELECT 1"))
        await session.execute(text("SELECT 1"))
    assert (apart is db) == (db.dialect == "sqlite"), "SQLite's writers are one queue"
    await apart.dispose()
    await db.dispose()


async def test_a_read_cannot_write(db: Database) -> None:
    seat_id = await a_seat(db)
    with pytest.raises(DBAPIError):
        async with db.read() as session:
            await session.execute(text("UPDATE seat SET taken = 5"))
    assert await taken(db, seat_id) == 0
    async with db.write() as session:  # and the connection is as good as before
        (await lock_row(session, Seat, seat_id)).taken = 1
    assert await taken(db, seat_id) == 1


async def test_a_read_goes_on_while_somebody_writes(db: Database) -> None:
    seat_id = await a_seat(db)
    async with db.write() as session:
        (await lock_row(session, Seat, seat_id)).taken = 3
        await session.flush()
        async with asyncio.timeout(30):
            assert await taken(db, seat_id) == 0
    assert await taken(db, seat_id) == 3


async def test_a_write_within_a_write_is_refused_rather_than_waiting_for_ever(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('nested')}/a.db")
    with pytest.raises(RuntimeError, match="inside"):
        async with db.write(), db.write():
            pass
    async with asyncio.timeout(30), db.write():
        pass
    await db.dispose()


async def test_an_aggregate_counts_its_versions_and_refuses_a_stale_writer(
    db: Database, clock: TestClock
) -> None:
    seat_id = await a_seat(db)
    clock.advance(minutes=1)
    async with db.read() as session:
        stale = await session.get_one(Seat, seat_id)
    await take_one(db, seat_id)
    async with db.read() as session:
        fresh = await session.get_one(Seat, seat_id)
    assert (stale.version, fresh.version) == (1, 2)
    assert fresh.updated_at - fresh.created_at == timedelta(minutes=1)

    async def write_what_it_read_before() -> None:
        async with db.write() as session:
            session.add(stale)
            stale.taken = 7

    with pytest.raises(StaleDataError):
        await write_what_it_read_before()


async def test_an_instant_comes_back_in_utc_and_a_naive_time_is_refused(db: Database) -> None:
    noon_in_paris = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    seat_id = await a_seat(db, seen_at=noon_in_paris, facts={"é": [1, None]})
    async with db.read() as session:
        seat = await session.get_one(Seat, seat_id)
        earlier = select(Seat.id).where(Seat.seen_at < noon_in_paris + timedelta(microseconds=1))
        assert (await session.execute(earlier)).scalars().all() == [seat_id]
    assert seat.seen_at == noon_in_paris
    assert seat.seen_at.tzinfo is UTC
    assert seat.facts == {"é": [1, None]}
    with pytest.raises(StatementError, match="naive"):
        await a_seat(db, seen_at=datetime(2026, 7, 1))  # noqa: DTZ001


async def test_locking_a_row_that_is_not_there_says_so(db: Database) -> None:
    with pytest.raises(NotFound):
        async with db.write() as session:
            await lock_row(session, Seat, new_id())


def test_every_service_has_the_kit_s_tables_of_its_own() -> None:
    one, other = make_base(), make_base()
    names = {"outbox", "inbox", "timer", "consumer_mark", "idempotency"}
    assert names <= set(one.metadata.tables)
    assert one.kit.outbox is one.metadata.tables["outbox"]
    assert one.kit.outbox is not other.kit.outbox
