"""The portal as a browser without JavaScript meets it: a session in a cookie, forms with their proof."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi.routing import iter_route_contexts
from maillage_portal import csrf
from maillage_portal.session import Session, SessionCookies

from tests.security.callers import CALLERS
from tests.security.house import House

SAFE = {"GET", "HEAD"}


def form_routes(house: House) -> Iterator[str]:
    """The paths of the portal that take anything but a reading."""
    for route in iter_route_contexts(house.portal.routes):
        if set(route.methods or ()) - SAFE:
            yield str(route.path)


def page_routes(house: House) -> Iterator[str]:
    """The paths of the portal that are read, a parameter's kind left out: `/static/{name}`."""
    for route in iter_route_contexts(house.portal.routes):
        if "GET" in (route.methods or ()):
            yield re.sub(r":\w+}", "}", str(route.path))


@dataclass
class Browser:
    """One browser: its session, and what it sends with every request."""

    house: House
    session: Session | None
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, house: House, who: str) -> Browser:
        """The browser of one of the table's callers, signed in unless she is anonymous."""
        token = CALLERS[who](house, "portal").get("Authorization", "").removeprefix("Bearer ")
        return cls.with_token(house, token)

    @classmethod
    def with_token(cls, house: House, token: str) -> Browser:
        """A browser whose session holds this access token; one that only has a session when it is empty."""
        signed = {"access": token, "refresh": "none", "expires_at": time.time() + 3600} if token else {}
        return cls(house, Session(**signed))

    @property
    def proof(self) -> str:
        """The form token that a page would carry for this browser."""
        assert self.session is not None
        return csrf.token(self.session)

    async def send(self, method: str, path: str, data: Any = None, **headers: str) -> httpx.Response:
        """A request as a page of ours makes it; the cookie goes along."""
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.session is not None:
            cookie = SessionCookies(self.house.portal_settings).write(self.session)
            sent["Cookie"] = cookie.split(";")[0]
        return await self.house.call(method, path, headers=sent, data=data)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, fields: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """A form with its proof."""
        return await self.send("POST", path, {csrf.FIELD: self.proof, **(fields or {})}, **headers)
