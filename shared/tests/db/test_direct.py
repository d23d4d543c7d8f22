"""What is asked of the driver itself: SQLAlchemy's values and errors, and no connection left in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from maillage.db import Database, Json, UTCDateTime, Uuid, refuses_value
from maillage.db.direct import Direct
from maillage.db.refusals import is_outage
from sqlalchemy import (
    ARRAY,
    Column,
    LargeBinary,
    MetaData,
    Select,
    SmallInteger,
    Table,
    bindparam,
    column,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

pytestmark = pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)
TABLE = Table(
    "one",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("at", UTCDateTime),
    Column("said", Json),
    Column("raw", LargeBinary),
    Column("small", SmallInteger),
)
KEY = UUID("0199d2f0-0000-7000-8000-000000000001")
VALUES = {
    "id": KEY,
    "at": datetime(2026, 9, 1, 10, tzinfo=timezone(timedelta(hours=2))),
    "said": {"repas": "végétarien", "rien": None},
    "raw": b"\x00\xff",
    "small": 7,
}
BACKENDS = text("SELECT pid FROM pg_stat_activity")
SLEEP = Direct(select(func.pg_sleep(bindparam("seconds", type_=SmallInteger()))))


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url)
    async with db.engine.begin() as connection:
        await connection.run_sync(TABLE.metadata.create_all)
    yield db
    await db.dispose()


def written() -> Select[Any]:
    """Inserts what is given, and answers with it, an expression, a constant and a name that comes twice."""
    given = {name: bindparam(name, type_=TABLE.c[name].type) for name in VALUES}
    row = insert(TABLE).values(**given).returning(*TABLE.c).cte("row")
    return select(*row.c, (row.c.small + 1).label("next"), row.c.id)


async def fetched(db: Database, statement: Direct, **values: Any) -> list[Any]:
    async with db.alone() as connection:
        return await statement.fetch(connection, values)


async def backend(db: Database) -> int:
    """The process of PostgreSQL's that sleeps."""
    sleeping = text(
        "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    )
    async with asyncio.timeout(60), db.alone() as connection:
        while (found := await connection.scalar(sleeping)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return int(found)


async def test_values_come_and_go_as_by_sqlalchemy(db: Database) -> None:
    statement = written()
    (row,) = await fetched(db, Direct(statement), **VALUES)
    async with db.engine.connect() as connection:
        same = (await connection.execute(statement, VALUES | {"id": UUID(int=1)})).one()
    assert tuple(row)[1:-1] == tuple(same)[1:-1]
    assert (row.id, row.next, row.said) == (KEY, 8, VALUES["said"])
    assert row.at == VALUES["at"]
    assert row.at.tzinfo is UTC
    async with db.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(TABLE)) == 1  # committed by itself


async def test_a_list_stands_for_many(db: Database) -> None:
    given = bindparam("moments", type_=ARRAY(UTCDateTime(), dimensions=1))
    several = func.unnest(given).table_valued(column("at", UTCDateTime())).render_derived("each")
    moments = [datetime(2026, 9, day, tzinfo=UTC) for day in (1, 2)]
    assert await fetched(db, Direct(select(several.c.at)), moments=moments) == [(each,) for each in moments]


async def test_what_is_there_already_is_refused(db: Database) -> None:
    statement = Direct(written())
    await fetched(db, statement, **VALUES)
    with pytest.raises(IntegrityError) as refused:
        await fetched(db, statement, **VALUES)
    assert not refused.value.connection_invalidated
    assert "végétarien" not in str(refused.value)


@pytest.mark.parametrize("wrong", [{"small": 70_000}, {"said": "\x00"}], ids=["driver", "server"])
async def test_a_value_that_no_column_holds(db: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError) as refused:
        await fetched(db, Direct(written()), **VALUES | wrong)
    assert refuses_value(refused.value)
    assert not is_outage(refused.value)


async def test_a_parameter_left_out_is_no_null(db: Database) -> None:
    with pytest.raises(KeyError):
        await fetched(db, Direct(written()), id=KEY)


async def test_a_connection_that_breaks_is_said_to_and_not_lent_again(db: Database) -> None:
    asleep = asyncio.create_task(fetched(db, SLEEP, seconds=600))
    other = Database(db.engine.url.render_as_string(hide_password=False))
    pid = await backend(other)
    async with other.alone() as connection:
        await connection.execute(text(f"SELECT pg_terminate_backend({pid})"))
    await other.dispose()
    with pytest.raises(DBAPIError) as broken:
        await asleep
    assert broken.value.connection_invalidated
    assert is_outage(broken.value)
    assert len(await fetched(db, SLEEP, seconds=0)) == 1


async def test_one_whose_caller_was_cancelled_is_not_lent_again(db: Database) -> None:
    asleep = asyncio.create_task(fetched(db, SLEEP, seconds=600))
    pid = await backend(db)
    asleep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asleep
    async with asyncio.timeout(60), db.alone() as connection:
        while pid in (await connection.scalars(BACKENDS)).all():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len(await fetched(db, SLEEP, seconds=0)) == 1


async def test_a_table_that_changes_meanwhile(db: Database) -> None:
    statement = Direct(select(TABLE.c.small))
    async with db.alone() as connection:
        await statement.fetch(connection, {})
        await connection.execute(text("ALTER TABLE one ALTER COLUMN small TYPE integer"))
        assert await statement.fetch(connection, {}) == []


async def test_a_text_that_differs_each_time_is_not_for_it(db: Database) -> None:
    listed = select(TABLE.c.id).where(TABLE.c.small.in_([1, 2]))
    with pytest.raises(TypeError):
        await fetched(db, Direct(listed))
