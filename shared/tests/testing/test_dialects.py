"""Engines of one test process share what SQLAlchemy compiles, and nothing else."""

from pathlib import Path

from maillage.db import Database
from maillage.testing.databases import Databases, Dialect
from sqlalchemy import column, event, table, text
from sqlalchemy.ext.asyncio import create_async_engine


async def test_a_statement_is_compiled_once_for_all_engines(
    databases: Databases, database_dialect: Dialect
) -> None:
    found = []
    statement = table("person", column("name")).select()
    for number in (1, 2):
        url = await databases.empty(database_dialect)
        db = Database(url)
        hits: list[object] = []

        @event.listens_for(db.engine.sync_engine, "before_cursor_execute")
        def note(_c: object, _cur: object, said: str, _p: object, context: object, _m: object) -> None:
            hits.append((said, context.cache_hit.name))  # type: ignore[attr-defined]  # noqa: B023

        async with db.write() as session:
            await session.execute(text("CREATE TABLE person (name VARCHAR(20))"))
            await session.execute(text("INSERT INTO person VALUES (:name)"), {"name": str(number)})
            found.append((await session.scalars(statement)).all())
        assert [how for said, how in hits if said.startswith("SELECT")] == [
            "CACHE_HIT" if number == 2 else "CACHE_MISS"
        ]
        await db.dispose()
        await databases.drop(url)
    assert found == [["1"], ["2"]]


def test_what_an_engine_was_asked_for_is_its_own(databases: Databases, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/a.db"
    plain, again = create_async_engine(url), create_async_engine(url)
    alone = create_async_engine(url, isolation_level="AUTOCOMMIT")
    assert plain.dialect is again.dialect
    assert alone.dialect is not plain.dialect
