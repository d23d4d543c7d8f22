"""Schema migrations: each service's own Alembic history, applied under a lock on either database.

A service's migrations/ is a package of env.py, script.py.mako and versions/; `python -m maillage.db.revision`
makes it. env.py is two lines:

    from maillage.db.migrate import run_env
    run_env(Base.metadata)

Alembic is imported where it is used: a service whose tables are up to date does without it and the libraries
it brings along.
"""

from __future__ import annotations

import zlib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Connection, MetaData, column, event, inspect, select, table, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from maillage.db.engine import async_url
from maillage.db.lineage import Lineage, lineage
from maillage.db.phases import HISTORY_TABLE, history, remember, suits
from maillage.db.types import UTCDateTime

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "schema_version"


def config_for(package: str) -> Config:
    """Alembic's configuration for `package` ("maillage_directory.migrations")."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(str(files(package)))).replace("%", "%%"))
    return config


class SchemaTooNew(RuntimeError):
    """The database has been changed for a later version, in a way that this one cannot work with."""


async def migrate(database_url: str, package: str, *, to: str = "head") -> None:
    """Bring the database to the newest revision of `package`, or to the one named.

    Safe to call from several processes at once: one migrates, the others wait and find nothing to do. The
    whole upgrade is one transaction, so a failing revision leaves the database as it was. A database that a
    later version has only added to is left as it is. Raises SchemaTooNew when it did more than that.
    """
    engine = engine_for(database_url)
    try:
        async with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                key = zlib.crc32(package.encode())
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
            await connection.run_sync(_upgrade, package, to)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, package: str, to: str) -> None:
    known = lineage(package)
    found = set(revisions(connection))
    if _is_ahead(connection, found, known, package):
        return
    remembered = {each.revision for each in history(connection)}
    if to == "head" and found == known.heads and known.revisions.keys() <= remembered:
        return
    _run_alembic(connection, package, to, known)
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(
                f"the migration left dangling references in {sorted({row[0] for row in broken})}"
            )


def _run_alembic(connection: Connection, package: str, to: str, known: Lineage) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = config_for(package)
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    chosen = [each.revision for each in ScriptDirectory.from_config(config).iterate_revisions(to, "base")]
    remember(connection, [known.revisions[each] for each in chosen])


def _is_ahead(connection: Connection, found: set[str], known: Lineage, package: str) -> bool:
    """Whether a later version was here before, and this one can live with what it did."""
    ours = set(known.revisions)
    if found <= ours:
        return False
    if suits(found, set(known.heads), ours, history(connection)):
        return True
    raise SchemaTooNew(
        f"{package}: the database is at revision {', '.join(sorted(found))}, which this version does not "
        "know and cannot work with; run a later version, or restore the backup made before the upgrade"
    )


def revisions(connection: Connection) -> tuple[str, ...]:
    """The revisions a database is at; none before its first migration."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ()
    return tuple(connection.scalars(select(column("version_num")).select_from(table(VERSION_TABLE))))


def engine_for(database_url: str) -> AsyncEngine:
    """An engine that may change the schema: on SQLite alone on the file, foreign keys off."""
    url = async_url(database_url)
    engine = create_async_engine(url)
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)

        @event.listens_for(engine.sync_engine, "connect")
        def configure(dbapi_connection: Any, _record: Any) -> None:
            dbapi_connection.isolation_level = None
            cursor = dbapi_connection.cursor()
            # Batch mode drops and remakes tables: with foreign keys on, the drop would delete the children.
            for pragma in ("busy_timeout=60000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def begin_immediate(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def run_env(metadata: MetaData) -> None:
    """What every migrations/env.py calls: runs on the connection opened for this migration."""
    from alembic import context

    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, **_options())
    with context.begin_transaction():
        context.run_migrations()


def _options() -> dict[str, Any]:
    return {
        "render_as_batch": True,
        "compare_type": True,
        "version_table": VERSION_TABLE,
        "render_item": _render_item,
        "include_name": _is_ours,
    }


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether the comparison with the model is to look at it: the kit's own memory is in no model."""
    return not (kind == "table" and name == HISTORY_TABLE)


def _render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        autogen_context.imports.add("from maillage.db import UTCDateTime")
        return "UTCDateTime()"
    if isinstance(item, JSON) and "postgresql" in item._variant_mapping:
        autogen_context.imports.add("from maillage.db import Json")
        return "Json"
    return False


async def drift(database_url: str, metadata: MetaData) -> list[str]:
    """What a migrated database still lacks against the model, in words; empty when they agree."""
    engine = engine_for(database_url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_differences, metadata)
    finally:
        await engine.dispose()


def _differences(connection: Connection, metadata: MetaData) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    migration = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "version_table": VERSION_TABLE,
            "target_metadata": metadata,
            "include_name": _is_ours,
        },
    )
    return [str(difference) for difference in compare_metadata(migration, metadata)]
