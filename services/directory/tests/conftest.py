"""What the directory's tests share: the service on both databases, and people to fill it with."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from maillage.testing.harness import ServiceHarness
from maillage.testing.oidc import Provider, running_provider
from maillage_directory.app import service

from .through_provider import CAMILLE, settings_for


class World:
    """A started directory and short ways to fill it. All calls go through HTTP."""

    def __init__(self, harness: ServiceHarness) -> None:
        self.harness = harness
        self.client = harness.client
        self.animator = harness.tokens.animator()
        self.admin = harness.tokens.admin()
        self._made = 0

    def signed(self, coordinator_id: str, **claims: Any) -> dict[str, str]:
        """The header of a signed-in coordinator."""
        return self.harness.tokens.coordinator(coordinator_id, **claims)

    async def cpts(self, **fields: Any) -> dict[str, Any]:
        """A CPTS; by default Sud 04 with Manosque alone."""
        self._made += 1
        body = {"name": f"CPTS d’essai {self._made}", "communes": [{"insee": "04112"}], **fields}
        answer = await self.client.post("/cpts", json=body, headers=self.animator)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def person(self, **fields: Any) -> dict[str, Any]:
        """A coordinator without a post."""
        answer = await self.client.post("/coordinators", json=self.profile(**fields), headers=self.animator)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def profile(self, **fields: Any) -> dict[str, Any]:
        """The body of a new profile, with an address of its own."""
        self._made += 1
        return {
            "first_name": "Camille",
            "last_name": "Roux",
            "email": f"personne{self._made}@exemple.fr",
            **fields,
        }

    async def start(self, cpts_id: str, coordinator_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """A post taken up; by somebody new unless an id is given."""
        who = {"coordinator_id": coordinator_id} if coordinator_id else {"coordinator": self.profile()}
        answer = await self.client.post(
            f"/cpts/{cpts_id}/positions", json={**who, **fields}, headers=self.animator
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
        """The body of a successful GET."""
        answer = await self.client.get(path, headers=headers or {}, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest_asyncio.fixture
async def world(service_app: Any) -> AsyncIterator[World]:
    """The directory, empty, on each database in turn."""
    async with service_app(service) as harness:
        yield World(harness)


@pytest.fixture(scope="module")
def running_oidc() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running_oidc: Provider, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider, well again, about to say that somebody is Camille. However busy the machine, it is waited
    for: none of these tests is about one that is slow.
    """
    for module in ("document", "provider"):
        monkeypatch.setattr(f"maillage_directory.auth.oidc.{module}.TIMEOUT", 120.0)
    running_oidc.faults, running_oidc.signed_userinfo = set(), False
    running_oidc.claims = {
        "sub": "c-1",
        "email": CAMILLE,
        "email_verified": True,
        "given_name": "Camille",
        "family_name": "Roux",
    }
    return running_oidc


@pytest_asyncio.fixture
async def linked(service_app: Any, provider: Provider) -> AsyncIterator[World]:
    async with service_app(service, **settings_for(provider)) as harness:
        yield World(harness)
