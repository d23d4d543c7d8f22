"""Opens a service's resources in order and closes them in the reverse one, losing nothing on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog

from maillage.auth.keys import JwksKeys
from maillage.db import migrate
from maillage.service.running import Running
from maillage.service.schema import SchemaCheck
from maillage.telemetry import traced_as

log = structlog.get_logger(__name__)


@asynccontextmanager
async def run_service(running: Running) -> AsyncIterator[None]:
    """The service from migrated database to drained: requests may be answered inside."""
    try:
        # Not held across the yield: opening and closing may be done by different tasks.
        with _speaking_as(running):
            await _open(running)
        yield
    finally:
        with _speaking_as(running):
            running.drain()
            await _close(running)
            log.info("service-stopped")


@contextmanager
def _speaking_as(running: Running) -> Iterator[None]:
    """Logs and spans made inside, and by tasks begun inside, carry the service's name."""
    with (
        structlog.contextvars.bound_contextvars(service=running.name, region=running.region),
        traced_as(running.tracing),
    ):
        yield


async def _open(running: Running) -> None:
    settings = running.settings
    if settings.migrate_on_start:
        await migrate(settings.database_url, running.spec.migrations)

    async def database_answers() -> bool:
        await running.db.ping()
        return True

    async def nats_answers() -> bool:
        connection = running.events.connection if running.events else None
        return connection is not None and connection.connected

    async def stream_is_whole() -> bool:
        return running.events is None or not running.events.calls_for_operator()

    running.readiness.add("database", database_answers)
    running.readiness.add("schema", SchemaCheck(running.db, running.spec.migrations))
    if running.events is not None:
        await running.events.start()
        if running.events.connection is not None:
            running.readiness.add("nats", nats_answers, bearable=True)
            running.readiness.add("stream", stream_is_whole, bearable=True)
            running.readiness.problems = running.events.problems
    running.readiness.started = True
    log.info("service-started")


async def _close(running: Running) -> None:
    if running.events is not None:
        await running.events.stop()
    if isinstance(running.keys, JwksKeys):
        await running.keys.aclose()
    await running.db.dispose()
    await asyncio.to_thread(running.tracing.shutdown)  # it may have spans to send
