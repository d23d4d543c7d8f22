"""Opens a service's resources in order and closes them in the reverse one, losing nothing on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from maillage.auth.keys import JwksKeys
from maillage.db import migrate
from maillage.service.running import Running
from maillage.telemetry import traced_as

log = structlog.get_logger(__name__)


@asynccontextmanager
async def run_service(running: Running) -> AsyncIterator[None]:
    """The service from migrated database to drained: requests may be answered inside."""
    settings = running.settings
    with (
        structlog.contextvars.bound_contextvars(service=running.name, region=running.region),
        traced_as(running.tracing),
    ):
        try:
            if settings.migrate_on_start:
                await migrate(settings.database_url, running.spec.migrations)
            running.readiness.add("database", lambda: _answers(running))
            running.readiness.started = True
            log.info("service-started")
            yield
        finally:
            running.readiness.draining = True
            await _close(running)
            log.info("service-stopped")


async def _answers(running: Running) -> bool:
    await running.db.ping()
    return True


async def _close(running: Running) -> None:
    if isinstance(running.tokens.keys, JwksKeys):
        await running.tokens.keys.aclose()
    await running.db.dispose()
    running.tracing.shutdown()
