"""Schema migrations: each service's own Alembic history, applied under a lock on either database.

A service's migrations/ is a package of env.py, script.py.mako and versions/; `python -m maillage.db.revision`
makes it. env.py is two lines:

    from maillage.db.migrate import run_env
    run_env(Base.metadata)
"""

import zlib
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Connection, MetaData, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from maillage.db.engine import async_url
from maillage.db.types import UTCDateTime

VERSION_TABLE = "schema_version"


def config_for(package: str) -> Config:
    """Alembic's configuration for `package` ("maillage_directory.migrations")."""
    config = Config()
    config.set_main_option("script_location", str(Path(str(files(package)))).replace("%", "%%"))
    return config


async def migrate(database_url: str, package: str) -> None:
    """Bring the database to the newest revision of `package`.

    Safe to call from several processes at once: one migrates, the others wait and find nothing to do. The
    whole upgrade is one transaction, so a failing revision leaves the database as it was.
    """
    engine = _engine(database_url)
    try:
        async with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                key = zlib.crc32(package.encode())
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
            await connection.run_sync(_upgrade, package)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, package: str) -> None:
    config = config_for(package)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(
                f"the migration left dangling references in {sorted({row[0] for row in broken})}"
            )


def _engine(database_url: str) -> AsyncEngine:
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
    }


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
    engine = _engine(database_url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_differences, metadata)
    finally:
        await engine.dispose()


def _differences(connection: Connection, metadata: MetaData) -> list[str]:
    migration = MigrationContext.configure(
        connection, opts={"compare_type": True, "version_table": VERSION_TABLE, "target_metadata": metadata}
    )
    return [str(difference) for difference in compare_metadata(migration, metadata)]
