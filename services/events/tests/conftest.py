"""A started events service, and the few steps every test takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from maillage.ids import new_id
from maillage.testing import ServiceHarness
from maillage_events.app import service

Json = dict[str, Any]


def iso(moment: datetime) -> str:
    return moment.isoformat()


@dataclass
class House:
    """The service with an animator at hand; answers are checked, so a test reads as what happens."""

    harness: ServiceHarness

    @property
    def client(self) -> httpx.AsyncClient:
        return self.harness.client

    @property
    def animator(self) -> dict[str, str]:
        return self.harness.tokens.animator()

    def as_(self, coordinator_id: UUID) -> dict[str, str]:
        return self.harness.tokens.coordinator(coordinator_id)

    def days(self, days: float) -> datetime:
        return self.harness.clock.now() + timedelta(days=days)

    async def seminar(self, *, publish: bool = True, **fields: Any) -> Json:
        """A seminar in 30 days over two days with 2 seats, published unless told otherwise."""
        body = {
            "title": "Séminaire de Giens",
            "starts_at": iso(self.days(30)),
            "ends_at": iso(self.days(31)),
            "capacity": 2,
        }
        made = await self.post("/seminars", self.animator, json=body | fields, expect=201)
        return await self.post(f"/seminars/{made['id']}/publish", self.animator) if publish else made

    async def workshop(self, seminar: Json, *, start: float = 0, hours: float = 2, **fields: Any) -> UUID:
        """A workshop that starts so many hours after the seminar."""
        begin = datetime.fromisoformat(seminar["starts_at"]) + timedelta(hours=start)
        body = {"title": "Atelier", "starts_at": iso(begin), "ends_at": iso(begin + timedelta(hours=hours))}
        path = f"/seminars/{seminar['id']}/workshops"
        made = await self.post(path, self.animator, json=body | fields, expect=201)
        return UUID(made["id"])

    async def register(
        self, seminar: Json, person: UUID | None = None, *workshops: UUID, expect: int = 201
    ) -> Json:
        """Register a person (a new one when None) by herself."""
        body = {"workshop_ids": [str(one) for one in workshops]}
        path = f"/seminars/{seminar['id']}/registrations"
        return await self.post(path, self.as_(person or new_id()), json=body, expect=expect)

    async def registration(self, registration: Json) -> Json:
        return await self.get(f"/registrations/{registration['id']}", self.animator)

    async def act(self, registration: Json, action: str, *, expect: int = 200) -> Json:
        """Cancel, accept or decline as the person herself."""
        owner = self.as_(UUID(registration["coordinator_id"]))
        return await self.post(f"/registrations/{registration['id']}/{action}", owner, expect=expect)

    async def change(self, registration: Json, *workshops: UUID, expect: int = 200) -> Json:
        """Choose these workshops as the person herself."""
        body = {"workshop_ids": [str(one) for one in workshops]}
        return await self.patch(f"/registrations/{registration['id']}", body, registration, expect=expect)

    async def patch(self, path: str, body: Json, seen: Json, *, expect: int = 200) -> Json:
        person = seen.get("coordinator_id")
        headers = self.as_(UUID(person)) if person else self.animator
        current = await self.client.get(path, headers=headers)
        headers |= {"If-Match": current.headers["etag"]}
        return checked(await self.client.patch(path, json=body, headers=headers), expect)

    async def get(self, path: str, headers: dict[str, str] | None = None, *, expect: int = 200) -> Json:
        return checked(await self.client.get(path, headers=headers or {}), expect)

    async def post(
        self, path: str, headers: dict[str, str] | None = None, *, json: Any = None, expect: int = 200
    ) -> Json:
        return checked(await self.client.post(path, json=json, headers=headers or {}), expect)

    async def told(self, event: str) -> list[Json]:
        """The bodies of the events recorded, e.g. told("registration.offered")."""
        return [one.data for one in await self.harness.recorded(f"events.{event}.v1")]


def checked(response: httpx.Response, expect: int) -> Json:
    assert response.status_code == expect, response.text
    body: Json = response.json() if response.content else {}
    return body


@pytest_asyncio.fixture
async def house(service_app: Any) -> AsyncIterator[House]:
    async with service_app(service) as harness:
        yield House(harness)


@pytest.fixture
def anyone() -> UUID:
    return new_id()
