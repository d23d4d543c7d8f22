"""The one application in front: /api/<service>/v1 goes to that service, everything else to the portal."""

import json
from collections.abc import Mapping
from typing import Any

from maillage.safety import SafetyMiddleware


class Root:
    """Dispatches by path and strips nothing: services and portal know their own paths."""

    def __init__(self, services: Mapping[str, Any], portal: Any, *, tls: bool = False) -> None:
        self._services = services
        self._portal = portal
        self._nobody = SafetyMiddleware(not_found, tls=tls)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One connection. There is no lifespan here: the launcher enters each application's own."""
        if scope["type"] not in ("http", "websocket"):
            raise RuntimeError(f"no {scope['type']} here")
        first, _, rest = scope["path"].removeprefix("/").partition("/")
        if first != "api":
            await self._portal(scope, receive, send)
            return
        service = self._services.get(rest.partition("/")[0])
        await (service or self._nobody)(scope, receive, send)


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    """A path below /api that is no service's."""
    problem = {"type": "about:blank", "title": "Adresse inconnue", "status": 404, "code": "not-found"}
    body = json.dumps(problem).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})
