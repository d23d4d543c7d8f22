"""Directory and events of one region at work on its own server, as tests of several regions want them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from maillage.testing.tokens import TokenFactory
from maillage_directory.app import service as directory
from maillage_events.app import service as events
from pydantic import SecretStr

from tests.support.regions import Site

Json = dict[str, Any]
SERVICES = (directory, events)


@dataclass
class Region:
    """Directory and events of one region, at work; tokens of its own."""

    clients: dict[str, httpx.AsyncClient]
    tokens: TokenFactory

    async def get(self, service: str, path: str, headers: dict[str, str] | None = None) -> Json:
        answer = await self.clients[service].get(path, headers=headers or self.tokens.animator())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(
        self, service: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> Json:
        answer = await self.clients[service].post(path, json=body, headers=headers or self.tokens.animator())
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    async def coordinator(self, first: str, last: str) -> str:
        """Somebody who shares her name with all regions."""
        person = {"first_name": first, "last_name": last, "email": f"{first}.{last}@exemple.fr".lower()}
        return str(
            (await self.post("directory", "/coordinators", person | {"reach": {"name": "national"}}))["id"]
        )

    async def neighbours(self) -> list[str]:
        found = await self.get("directory", "/neighbours", self.tokens.coordinator())
        return [one["last_name"] for one in found["items"]]


@asynccontextmanager
async def at_work(site: Site, folder: Path) -> AsyncIterator[Region]:
    """The services of a region, each as its own user of the bus, on databases of their own."""
    tokens = TokenFactory(region=site.region)
    async with AsyncExitStack() as stack:
        clients = {}
        for service in SERVICES:
            settings = service.settings(
                region=site.region,
                peer_regions=site.topology.peers,
                database_url=f"sqlite:///{folder}/{site.region}-{service.name}.db",
                data_dir=folder / site.region,
                mailbox_dir=folder / site.region / "mailbox",
                nats_url=site.server.url,
                nats_user=service.name,
                nats_password=SecretStr(site.passwords[service.name]),
            )
            if service is directory:
                settings.erasure_services = ["directory", "events"]
            app = service.build(settings, keys=tokens.keys)
            await stack.enter_async_context(app.router.lifespan_context(app))
            base = f"http://localhost:8000{service.base_path}"
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)
            clients[service.name] = await stack.enter_async_context(client)
        yield Region(clients, tokens)
