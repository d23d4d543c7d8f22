"""A service that is nothing but its journal and its consumer, on a bus of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from maillage.db import Database, make_base
from maillage.events import Consumer
from maillage.events.runtime import EventRuntime
from maillage.settings import ServiceSettings


@asynccontextmanager
async def consuming(
    service: str, consumer: Consumer, settings: ServiceSettings, folder: Path
) -> AsyncIterator[tuple[EventRuntime, Database]]:
    """Its relay and its consumer at work, with an SQLite database in `folder` that has the kit's tables."""
    db = Database(f"sqlite:///{folder}/{settings.region}-{service}.db")
    async with db.engine.begin() as connection:
        await connection.run_sync(make_base().metadata.create_all)
    runtime = EventRuntime(service, db, settings, consumer=consumer, poll=0.1, watch=0.2)
    await runtime.start()
    try:
        yield runtime, db
    finally:
        await runtime.stop()
        await db.dispose()
