"""The five services and the portal in this process, with real tokens, and what happened in a small region.

One clock that stands still, one SQLite file a service. A *stage* is a moment of the story: the bytes of each
database and the time. Going back to one costs milliseconds, so that each call of a test finds the same world.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from maillage.auth import JwksKeys
from maillage.testing.clock import TestClock
from maillage.testing.databases import Databases
from maillage.testing.harness import ServiceHarness, TestKeys
from maillage.testing.tokens import TokenFactory
from maillage_embedded.root import Root
from maillage_embedded.transport import InProcessTransport
from maillage_portal.app import build as build_portal
from maillage_portal.settings import PortalSettings
from sqlalchemy import make_url

from tests.contracts.installed import SERVICES
from tests.security.strange import Strange

URL = "http://localhost:8000"
REGION, ABROAD = "fr-pac", "fr-occ"
ORDER = ("directory", "events", "mentoring", "notifications", "catalogue")


@dataclass
class Stage:
    """What every database held at a moment, and which moment."""

    time: datetime
    databases: dict[str, sqlite3.Connection]


@dataclass
class House:
    """See the module. `ids` names what exists, by the names that paths give to their parts."""

    services: dict[str, ServiceHarness]
    portal: FastAPI
    portal_settings: PortalSettings
    client: httpx.AsyncClient
    clock: TestClock
    tokens: TokenFactory
    strange: Strange
    """Between the portal and the services."""
    ids: dict[str, str] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    _spread: dict[str, set[str]] = field(default_factory=dict)
    _at: dict[str, str] = field(default_factory=dict)
    """The stage that a service's database is at; a service that was changed since is not here."""
    _versions: dict[tuple[str, str | None], str] = field(default_factory=dict)
    """The versions an admin saw, by path and stage."""

    async def call(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """One request; of an answer that has no end (server-sent events) only its beginning is read."""
        request = self.client.build_request(method, path, headers=headers, **options)
        answer = await self.client.send(request, stream=True)
        self._note_change(method, request.url.path, answer.status_code)
        if "text/event-stream" not in answer.headers.get("content-type", ""):
            await answer.aread()
        await answer.aclose()
        return answer

    def _note_change(self, method: str, path: str, status: int) -> None:
        """A refused call changed nothing, except where one signs in: there tries are counted."""
        refused = status in (401, 403, 404) and "/auth/" not in path
        if method not in ("GET", "HEAD") and not refused:
            self.touched(*(name for name in self.services if path.startswith(f"/api/{name}/")))

    def touched(self, *services: str) -> None:
        """These databases (all, when none is named) are at no stage any more."""
        for name in services or self.services:
            self._at.pop(name, None)

    async def done(self, method: str, path: str, headers: dict[str, str], **options: Any) -> Any:
        """As `call`, for a step of the story: it must succeed. The JSON of the answer."""
        answer = await self.call(method, f"/api/{path}", headers=headers, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def etag(self, path: str, headers: dict[str, str] | None = None) -> str:
        """The version of what stands at `path`, for If-Match; version 1 where she may not know.

        Without headers an admin looks, once for each stage: there it is the same for every caller to come.
        """
        if headers is not None:
            return await self._etag(path, headers)
        at = (path, self._at.get(path.split("/")[2]))
        if at[1] is None:
            return await self._etag(path, self.tokens.admin(self.ids["admin"]))
        if at not in self._versions:
            self._versions[at] = await self._etag(path, self.tokens.admin(self.ids["admin"]))
        return self._versions[at]

    async def _etag(self, path: str, headers: dict[str, str]) -> str:
        return str((await self.call("GET", path, headers=headers)).headers.get("etag", '"1"'))

    async def spread(self) -> None:
        """What was recorded reaches every service, and what follows from it, as the stream would bring it."""
        news = True
        while news:
            news = False
            for name, teller in self.services.items():
                known = self._spread.setdefault(name, set())
                for event in await teller.recorded():
                    if str(event.event_id) not in known:
                        known.add(str(event.event_id))
                        news = True
                        await self._tell_all(event)

    async def _tell_all(self, event: Any) -> None:
        self.touched()
        for hearer in self.services.values():
            if hearer.service.consumer is not None:
                await hearer.hear(event)

    def keep(self, name: str) -> None:
        """This moment is a stage from now on."""
        copies = {service: sqlite3.connect(":memory:") for service in self.services}
        for service, copy in copies.items():
            with sqlite3.connect(self._file(service)) as live:
                live.backup(copy)
        self.stages[name] = Stage(self.clock.now(), copies)
        self._versions = {at: seen for at, seen in self._versions.items() if at[1] != name}
        self._at = dict.fromkeys(self.services, name)

    def back_to(self, name: str, *services: str) -> None:
        """The world is as it was at that stage; only these services' when any are named."""
        stage = self.stages[name]
        self.clock.set(stage.time)
        for service in services or self.services:
            if self._at.get(service) == name:
                continue
            self._at[service] = name
            live = sqlite3.connect(self._file(service))
            live.execute("PRAGMA synchronous=OFF")
            stage.databases[service].backup(live)
            live.close()
            self.services[service].app.state.service.ended.look_again()

    def _file(self, service: str) -> str:
        return str(make_url(self.services[service].settings.database_url).database)


@asynccontextmanager
async def running_house(
    databases: Databases, tokens: TokenFactory, clock: TestClock, folder: Path, **settings: Any
) -> AsyncIterator[House]:
    """The house, empty. `settings` are those of every service that knows them."""
    transport = InProcessTransport()
    client = httpx.AsyncClient(transport=transport, base_url=URL)
    keys = JwksKeys(f"{URL}/api/directory/v1/auth/jwks.json", transport=transport)
    portal_settings = PortalSettings(environment="demo", public_url=URL, keys_dir=folder / "keys")
    strange = Strange(transport)
    portal = build_portal(portal_settings, strange)
    services = {}
    async with AsyncExitStack() as stack:
        for name in ORDER:
            app = await _built(name, databases, TestKeys(tokens, keys), folder, settings)
            services[name] = ServiceHarness(SERVICES[name], app, client, clock, tokens)
        transport.app = Root({name: each.app for name, each in services.items()}, portal)
        for app in (*(each.app for each in services.values()), portal):
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield House(services, portal, portal_settings, client, clock, tokens, strange)
    await keys.aclose()
    await client.aclose()
    for each in services.values():
        await databases.drop(each.settings.database_url)


async def _built(
    name: str, databases: Databases, keys: TestKeys, folder: Path, settings: dict[str, Any]
) -> FastAPI:
    service = SERVICES[name]
    given = service.settings(
        database_url=await databases.migrated("sqlite", service.migrations),
        migrate_on_start=False,
        nats_url="",
        region=REGION,
        peer_regions=[ABROAD],
        data_dir=folder,
        mailbox_dir=folder / "mailbox",
        mail_transport="mailbox",
        environment="demo",
        public_url=URL,
        **settings,
    )
    return service.build(given, workers=False, keys=keys)
