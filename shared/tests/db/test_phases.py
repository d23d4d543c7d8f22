"""A version of a service meets a schema newer than itself: with which it works, and what it says if not."""

from __future__ import annotations

from pathlib import Path

import pytest
from maillage.db import Database, migrate
from maillage.db.migrate import SchemaTooNew, drift, engine_for
from maillage.db.phases import CONTRACT, EXPAND, Applied, harm, shape
from maillage.service.schema import SchemaCheck
from maillage.testing.ahead import move_ahead
from sqlalchemy import Connection, MetaData, text

FIRST = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0001", None, None, None
phase = "expand"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(40), nullable=True),
        sa.Column("town", sa.String(40), nullable=False),
    )
"""
ENV = """
from maillage.db.migrate import run_env
from sqlalchemy import MetaData
run_env(MetaData())
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    name = f"phased{abs(hash(request.node.nodeid)) % 10**9}"
    folder = tmp_path / name / "migrations"
    (folder / "versions").mkdir(parents=True)
    for path in (folder.parent, folder):
        (path / "__init__.py").write_text("")
    (folder / "env.py").write_text(ENV)
    (folder / "script.py.mako").write_text("")
    (folder / "versions" / "0001_first.py").write_text(FIRST)
    monkeypatch.syspath_prepend(tmp_path)
    return f"{name}.migrations"


async def ready(database_url: str, package: str) -> bool:
    db = Database(database_url)
    try:
        return await SchemaCheck(db, package)()
    finally:
        await db.dispose()


@pytest.mark.parametrize(
    ("later", "works"),
    [
        (Applied("0002", EXPAND, None), True),
        (Applied("0002", CONTRACT, "0001"), True),
        (Applied("0003", CONTRACT, "0002"), False),
        (Applied("0002", CONTRACT, None), False),
    ],
    ids=["it adds", "it takes away what 0001 no longer uses", "0001 still uses it", "it does not say"],
)
async def test_a_later_schema(database_url: str, package: str, later: Applied, works: bool) -> None:
    await migrate(database_url, package)
    assert await ready(database_url, package)
    await move_ahead(database_url, later)
    assert await ready(database_url, package) is works
    if works:
        await migrate(database_url, package)  # a replica of this version starts once more
        return
    with pytest.raises(SchemaTooNew, match=r"000[23].*restore the backup"):
        await migrate(database_url, package)


async def test_a_database_from_before_the_history_is_given_one(database_url: str, package: str) -> None:
    await migrate(database_url, package)
    await run(database_url, "DROP TABLE schema_history")
    assert await ready(database_url, package), "a known revision needs no history"
    await run(database_url, "UPDATE schema_version SET version_num = '0002'")
    assert not await ready(database_url, package), "of an unknown one nothing is known"
    await run(database_url, "UPDATE schema_version SET version_num = '0001'")
    await migrate(database_url, package)
    await move_ahead(database_url)
    assert await ready(database_url, package)
    assert not any("schema_history" in line for line in await drift(database_url, MetaData()))


HARMLESS = (
    "ALTER TABLE person ADD COLUMN nickname VARCHAR(40)",
    "ALTER TABLE person ADD COLUMN age INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE pet (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE)",
    "CREATE INDEX ix_person_name ON person (name)",
)
HARMFUL = {
    "DROP TABLE person": "table person is gone",
    "ALTER TABLE person DROP COLUMN name": "column person.name is gone",
    "ALTER TABLE person RENAME COLUMN name TO called": "column person.name is gone",
    "CREATE UNIQUE INDEX one_name ON person (name)": "new rule: unique (name)",
    "ALTER TABLE person ADD COLUMN age INTEGER NOT NULL": "person.age is new and must be filled in",
    "ALTER TABLE person ALTER COLUMN town TYPE TEXT": "column person.town is TEXT",
    "ALTER TABLE person ALTER COLUMN name SET NOT NULL": "person.name may no more be null",
    "ALTER TABLE person ADD CONSTRAINT c CHECK (length(town) > 2)": "new rule: check",
}


async def test_harm_is_what_a_program_of_yesterday_would_trip_over(database_url: str, package: str) -> None:
    for statement in HARMLESS:
        assert await harm_of(database_url, package, statement) == [], statement
    for statement, complaint in HARMFUL.items():
        if database_url.startswith("sqlite") and (
            "ALTER COLUMN" in statement or "NOT NULL" in statement[-9:]
        ):
            continue  # SQLite has no such statement
        if database_url.startswith("sqlite") and "ADD CONSTRAINT" in statement:
            continue
        assert complaint in " ".join(await harm_of(database_url, package, statement)), statement


async def harm_of(database_url: str, package: str, statement: str) -> list[str]:
    """What the statement would do to the first schema; it is undone."""
    await migrate(database_url, package)
    engine = engine_for(database_url)

    def change(connection: Connection) -> list[str]:
        before = shape(connection)
        connection.execute(text(statement))
        return harm(before, shape(connection))

    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(change)
            await connection.rollback()
            return found
    finally:
        await engine.dispose()


async def run(database_url: str, statement: str) -> None:
    engine = engine_for(database_url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()
