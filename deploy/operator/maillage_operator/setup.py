"""The step before the services start: every database at the newest schema, streams and consumers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zlib import crc32

from maillage.db import Database, migrate
from maillage.events.operator import access
from maillage.events.streams import StreamOptions, installed_services, provision, topology
from maillage.operating import OperatorSettings
from sqlalchemy import text

LOCK = crc32(b"maillage.setup") >> 1


async def set_up(options: StreamOptions) -> AsyncIterator[str]:
    """Do what is missing; a French line for each thing looked at. A second run changes nothing.

    Held by a lock in the first service's database: of two at once, one waits and finds nothing to do.
    """
    settings = OperatorSettings()
    services = sorted(installed_services(), key=lambda service: str(service.name))
    databases = {service.name: settings.database_of(service.name) for service in services}
    async with alone(next(iter(databases.values()))):
        for service in services:
            await migrate(databases[service.name], service.migrations)
            yield f"base {service.name} : à jour"
        async with access(None) as here:
            for line in await provision(
                here.jetstream, topology(settings.region, peers=settings.peer_regions), options
            ):
                yield line


@asynccontextmanager
async def alone(database_url: str) -> AsyncIterator[None]:
    """One setup at a time: waits for another's end. The lock goes with the connection, however it ends."""
    db = Database(database_url)
    try:
        async with db.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            if db.dialect == "postgresql":
                await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
            yield
    finally:
        await db.dispose()
