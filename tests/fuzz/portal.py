"""The portal's pages in front of the services, asked for with random paths, queries, cookies and headers."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from maillage_embedded.root import Root
from maillage_embedded.transport import InProcessTransport
from maillage_portal.app import build
from maillage_portal.session import Session, SessionCookies
from maillage_portal.settings import PortalSettings

from tests.fuzz.inputs import altered, text
from tests.fuzz.outputs import storable
from tests.fuzz.seed import Seeded
from tests.security.faulty import Unreliable
from tests.security.strange import NOT_WORDS, UNHEARD, Strange, listed_fields

STREAMS = ("/flux", "/evenements/flux")
"""Endless by nature: see streams.py."""
WORDS = (UNHEARD, "", " ", "None", "constructor", "__class__", "<b>gras</b>", "%s", "é" * 300, "Public")
NAMES = ("q", "page", "cursor", "next", "challenge", "departement", "depuis", "avant", "type", "region")


@dataclass
class Visitor:
    """Asks for pages; `findings` says which came as they must not, with what was asked."""

    region: Seeded
    client: httpx.AsyncClient
    paths: list[str]
    cookies: SessionCookies
    strange: Strange
    unreliable: Unreliable
    listed: list[str]
    """The fields whose words the services' documents list."""
    findings: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    async def visit(self, chance: random.Random) -> None:
        """One page, as somebody signed in, nobody, or somebody with a garbled cookie.

        In front of our services, or of others' and tomorrow's, whose words for things are new to the portal;
        all of them well, or some of what they are asked without a proper answer.
        """
        known = chance.choice((0, 1, 3, len(self.listed)))
        self.strange.fields = frozenset(chance.sample(self.listed, known))
        self.strange.word = storable(chance) if chance.random() < 0.3 else chance.choice(WORDS)
        self.unreliable.share = chance.choice((0, 0, 0, 0.1, 0.5))
        self.unreliable.chance.seed(chance.getrandbits(32))
        path = chance.choice(self.paths)
        asked = "/".join(self._part(part, chance) for part in path.split("/"))
        query = {name: text(chance)[:300] for name in chance.sample(NAMES, chance.choice((0, 1, 3)))}
        headers = {"Cookie": cookie_of(self.region, self.cookies, chance)}
        if chance.random() < 0.3:
            headers["Last-Event-ID"] = text(chance)[:200]
        if chance.random() < 0.3:
            headers["Accept-Language"] = text(chance)[:200]
        pairs = [(name.encode(), on_the_wire(value)) for name, value in headers.items()]
        query = {name: value.encode(errors="replace").decode() for name, value in query.items()}
        told = (
            f"GET {asked!r} {query!r}, {sorted(self.strange.fields)} are {self.strange.word!r}, {headers!r}"
        )
        try:
            answer = await self.client.get(asked or "/", params=query, headers=pairs)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
            self.findings.setdefault(f"{path}: {type(error).__name__}: {error}", told)
            return
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500 and not (self.unreliable.share and answer.status_code in (502, 503)):
            self.findings.setdefault(f"{path}: {answer.status_code}", told)
        if "html" in answer.headers.get("content-type", "") and not answer.headers.get(
            "content-security-policy"
        ):
            self.findings.setdefault(f"{path}: a page without its security policy", told)

    def _part(self, part: str, chance: random.Random) -> str:
        if not part.startswith("{"):
            return part
        known = self.region.known.get(part.strip("{}").split(":")[0]) or self.region.known["seminar_id"]
        wild = text(chance)[:60].encode(errors="replace").decode().replace("/", "") or "x"
        return chance.choice(known) if chance.random() < 0.6 else httpx.QueryParams({"": wild}).__str__()[1:]


def cookie_of(region: Seeded, cookies: SessionCookies, chance: random.Random) -> str:
    """Somebody's session, mostly whole."""
    tokens, people = region.house.tokens, region.known["coordinator_id"]
    roles = chance.choice((("coordinator",), ("coordinator", "animator"), ("admin",)))
    access = tokens.token(chance.choice(people), roles)
    session = Session(access=access, refresh="r", expires_at=time.time() + 3600)
    written = cookies.write(session).split(";")[0]
    name, _, value = written.partition("=")
    return chance.choice((written, written, written, "", f"{name}={altered(value, chance)}"))


def on_the_wire(value: str) -> bytes:
    """As a server takes it: no line ends, bytes as they come."""
    return "".join(each for each in value if each not in "\r\n\0").encode("utf-8", "replace")


@dataclass
class Front:
    """The portal in front of the region's services; `loopback` leads to all.

    Between them `strange` changes words, and `unreliable` fails.
    """

    portal: FastAPI
    cookies: SessionCookies
    loopback: InProcessTransport
    strange: Strange
    unreliable: Unreliable


@asynccontextmanager
async def fronted(region: Seeded, folder: Path) -> AsyncIterator[Front]:
    """The whole region behind one address, in this process."""
    settings = PortalSettings(environment="demo", public_url="http://localhost:8000", keys_dir=folder)
    loopback = InProcessTransport()
    strange = Strange(loopback)
    unreliable = Unreliable(strange, random.Random(0))  # noqa: S311  # variety, not secrecy
    portal: FastAPI = build(settings, transport=unreliable)
    loopback.app = Root({name: each.app for name, each in region.house.services.items()}, portal)
    async with portal.router.lifespan_context(portal):
        yield Front(portal, SessionCookies(settings), loopback, strange, unreliable)


def pages_of(portal: FastAPI) -> list[str]:
    """The paths of all that a browser may GET, streams included."""
    return sorted(
        {
            str(route.path)
            for route in iter_route_contexts(portal.routes)
            if isinstance(route.route if hasattr(route, "route") else route, APIRoute)
            and "GET" in (route.methods or ())
        }
    )


@asynccontextmanager
async def visited(region: Seeded, folder: Path) -> AsyncIterator[Visitor]:
    """Who asks for the pages of the portal in front of the region's services."""
    fields: set[str] = set()
    for harness in region.house.services.values():
        fields |= listed_fields(harness.app.openapi())
    async with (
        fronted(region, folder) as front,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(front.portal, raise_app_exceptions=True),
            base_url="http://localhost:8000",
        ) as client,
    ):
        paths = [each for each in pages_of(front.portal) if not each.endswith(STREAMS)]
        listed = sorted(fields - NOT_WORDS)
        yield Visitor(region, client, paths, front.cookies, front.strange, front.unreliable, listed)
