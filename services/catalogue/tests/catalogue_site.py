"""A catalogue beside a real nats-server: what other services and regions publish, and what it makes of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from maillage.events.envelope import headers_of
from maillage.events.event import full_type, subject_of
from maillage.events.journal import Entry
from maillage.events.streams import events_stream
from maillage.ids import new_id
from maillage.testing import TokenFactory
from nats.aio.client import Client

STARTED = "directory.position.started.v1"
JOINED = "directory.coordinator.joined.v1"


@dataclass
class Site:
    """A region's bus with its streams, and means to publish on it as services do."""

    client: Client
    region: str
    url: str
    published: list[UUID] = field(default_factory=list)

    async def publish(
        self,
        kind: str = STARTED,
        body: Any = None,
        *,
        entity: UUID | str | None = None,
        region: str | None = None,
        correlation: UUID | None = None,
        cause: UUID | None = None,
        **headers: str,
    ) -> UUID:
        """An event as our relay sends it, with some headers changed; its id."""
        home, entity = region or self.region, str(entity or new_id())
        entry = Entry()
        entry.event_id, entry.type, entry.entity_id = new_id(), full_type(kind), entity
        entry.sequence, entry.time, entry.traceparent = 1, datetime.now(UTC), None
        entry.correlation_id = str(correlation or entry.event_id)
        entry.causation_id = str(cause) if cause else None
        changed = {f"ce-{name}": value for name, value in headers.items()}
        await self.raw(
            subject_of(home, entry.type, entity),
            json.dumps({} if body is None else body).encode(),
            {**headers_of(entry, home), **changed},
        )
        return entry.event_id

    async def raw(self, subject: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        """Any message at all; its sequence."""
        stream = {f"{self.region}.": events_stream(self.region)}.get(subject[: len(self.region) + 1])
        ack = await self.client.jetstream(timeout=60).publish(subject, body, headers=headers, stream=stream)
        return ack.seq


@dataclass
class Shelf:
    """A running catalogue, called over HTTP in process as an administrator unless told otherwise."""

    app: FastAPI
    client: httpx.AsyncClient
    tokens: TokenFactory

    @property
    def running(self) -> Any:
        return self.app.state.service

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
        """The JSON of an answer that is not an error."""
        asked = self.tokens.admin() if headers is None else headers
        answer = await self.client.get(path, params=params, headers=asked)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    async def until(self, question: Callable[[], Awaitable[Any]], patience: float = 60) -> Any:
        """The first true answer."""
        deadline = time.monotonic() + patience
        while not (answer := await question()):
            assert time.monotonic() < deadline, "it did not come about"
            await asyncio.sleep(0.03)
        return answer

    async def sees(self, count: int) -> list[dict[str, Any]]:
        """The events, newest first, once there are `count`."""

        async def enough() -> Any:
            items = (await self.get("/events", limit=200))["items"]
            return items if len(items) >= count else None

        found: list[dict[str, Any]] = await self.until(enough)
        return found


OpenShelf = Callable[..., AbstractAsyncContextManager[Shelf]]
