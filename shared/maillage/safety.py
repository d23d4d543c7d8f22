"""Headers that every answer carries, whoever gives it: a route, an error handler, a proxy of ours.

An answer of an API is no page: a browser that is led to one runs nothing of it, shows it in no frame and
keeps no copy. A page of a service sets its own policy, which is left alone (OWASP REST Security Cheat Sheet,
"Security Headers").
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)
HSTS = ("Strict-Transport-Security", "max-age=31536000")
"""A year: browsers then refuse to come without TLS (RFC 6797)."""


def behind_tls(public_url: str) -> bool:
    """Whether browsers reach the house over TLS."""
    return public_url.startswith("https://")


class SafetyMiddleware:
    """Adds the headers that an answer has not set itself. The outermost layer of an application."""

    def __init__(self, app: ASGIApp, *, tls: bool = False) -> None:
        self.app = app
        wanted = [*ALWAYS.items(), *([HSTS] if tls else [])]
        self._wanted = [(name.lower().encode(), value.encode()) for name, value in wanted]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                present = {name.lower() for name, _ in given}
                message["headers"] = given + [each for each in self._wanted if each[0] not in present]
            await send(message)

        await self.app(scope, receive, safe if scope["type"] == "http" else send)
