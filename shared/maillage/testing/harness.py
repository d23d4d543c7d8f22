"""One service in process, on a real database, without a broker: what a component test drives."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from joserfc.jwk import OKPKey
from pydantic_core import to_jsonable_python
from sqlalchemy import select

from maillage.auth import JwksKeys
from maillage.db import Database
from maillage.errors import Unavailable
from maillage.events.deliver import Outcome, deliver
from maillage.events.envelope import Incoming
from maillage.events.event import full_type, subject_of
from maillage.ids import new_id
from maillage.service import Service
from maillage.settings import ServiceSettings
from maillage.testing.clock import TestClock
from maillage.testing.databases import Databases, Dialect
from maillage.testing.tokens import TokenFactory


@dataclass(frozen=True)
class Recorded:
    """An event as the service recorded it in its journal."""

    type: str
    entity_id: str
    data: dict[str, Any]
    sequence: int | None
    time: datetime
    event_id: UUID
    correlation_id: str | None
    causation_id: str | None


class TestKeys:
    """The test's key, then those the service publishes itself (the directory signs its own tokens)."""

    __test__ = False

    def __init__(self, tokens: TokenFactory, published: JwksKeys) -> None:
        self._own = tokens.keys
        self._published = published

    async def key(self, kid: str) -> OKPKey | None:
        """The key of that id; None also when this service publishes none."""
        try:
            return await self._own.key(kid) or await self._published.key(kid)
        except Unavailable:
            return None


class Loopback(httpx.AsyncBaseTransport):
    """Reaches an application that is only built later, in process."""

    inner: httpx.ASGITransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request to the application."""
        return await self.inner.handle_async_request(request)


class ServiceHarness:
    """A started service.

    `client` calls it over HTTP in process, paths relative to its base path; `db`, `settings` and `app` are
    its own; `clock` and `tokens` the test's; `mailbox` the folder its mails are written to.
    """

    def __init__(
        self,
        service: Service,
        app: FastAPI,
        client: httpx.AsyncClient,
        clock: TestClock,
        tokens: TokenFactory,
    ) -> None:
        self.service = service
        self.app = app
        self.client = client
        self.clock = clock
        self.tokens = tokens
        self.db: Database = app.state.service.db
        self.settings: ServiceSettings = app.state.service.settings
        self.mailbox: Path = self.settings.mailbox_dir

    async def recorded(self, event_type: str | None = None) -> list[Recorded]:
        """The events recorded so far in order, all or those of a type (`directory.position.started.v1`)."""
        outbox = self.service.base.kit.outbox
        statement = select(outbox).order_by(outbox.c.id)
        if event_type:
            statement = statement.where(outbox.c.type == full_type(event_type))
        async with self.db.read() as session:
            rows = (await session.execute(statement)).all()
        return [
            Recorded(
                type=row.type,
                entity_id=row.entity_id,
                data=json.loads(row.data) if row.data else {},
                sequence=row.sequence,
                time=row.time,
                event_id=row.event_id,
                correlation_id=row.correlation_id,
                causation_id=row.causation_id,
            )
            for row in rows
        ]

    async def deliver(
        self,
        event_type: str,
        data: Any,
        *,
        entity_id: UUID | str | None = None,
        event_id: UUID | None = None,
        sequence: int | None = None,
        time: datetime | None = None,
        region: str | None = None,
        correlation_id: str | None = None,
        replayed: bool = False,
    ) -> Outcome:
        """Run an event through the service's consumer as the stream would: inbox, handlers, one transaction.

        `data` is the body (a mapping or a pydantic model); the entity is its first field unless given.
        Raises what a handler raises, with everything undone.
        """
        if self.service.consumer is None:
            raise TypeError(f"{self.service.name} consumes nothing")
        body = to_jsonable_python(data)
        kind, home = full_type(event_type), region or self.settings.region
        entity = str(entity_id or next(iter(body.values()), new_id()))
        incoming = Incoming(
            event_id=event_id or new_id(),
            type=kind,
            source=f"/{home}/{kind.split('.')[2]}",
            time=time or self.clock.now(),
            subject=subject_of(home, kind, entity),
            data=json.dumps(body).encode(),
            sequence=sequence,
            correlation_id=correlation_id,
        )
        async with self.db.write() as session:
            return await deliver(session, self.service.consumer, incoming, self.settings, replayed=replayed)

    async def hear(self, event: Recorded, *, region: str | None = None, replayed: bool = False) -> Outcome:
        """As `deliver`, for an event as another service (of `region`) recorded it."""
        return await self.deliver(
            event.type,
            event.data,
            entity_id=event.entity_id,
            event_id=event.event_id,
            sequence=event.sequence,
            time=event.time,
            region=region,
            correlation_id=event.correlation_id,
            replayed=replayed,
        )

    async def fire_timers(self) -> int:
        """Fire every timer due by the clock, also those set meanwhile; how many. Handlers' errors raise."""
        if self.service.timers is None:
            return 0
        total = 0
        while fired := await self.service.timers.fire_due(self.db, self.settings, strict=True):
            total += fired
        return total


@asynccontextmanager
async def started(
    service: Service,
    *,
    databases: Databases,
    dialect: Dialect,
    clock: TestClock,
    tokens: TokenFactory,
    folder: Path,
    **settings: Any,
) -> AsyncIterator[ServiceHarness]:
    """The service on a fresh copy of its migrated database; `settings` override those of the test."""
    url = await databases.migrated(dialect, service.migrations)
    values = {
        "database_url": url,
        "migrate_on_start": False,
        "nats_url": "",
        "data_dir": folder,
        "mailbox_dir": folder / "mailbox",
        "mail_transport": "mailbox",
        "environment": "demo",
        **settings,
    }
    given = service.settings(**values)
    loopback = Loopback()
    published = JwksKeys(given.jwks_url, transport=loopback)
    app = service.build(given, workers=False, keys=TestKeys(tokens, published))
    loopback.inner = httpx.ASGITransport(app)
    base_url = f"http://localhost:8000{service.base_path}"
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=loopback, base_url=base_url) as client,
        ):
            yield ServiceHarness(service, app, client, clock, tokens)
    finally:
        await published.aclose()
        await databases.drop(url)
