"""Which web pages of other origins may call: those named by setting, none by default.

Callers prove themselves with a bearer token that the page sends itself, so cookies are never let in.
"""

from __future__ import annotations

from typing import Any

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT = (
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "X-Request-Id",
    "traceparent",
)
READABLE = (
    "Content-Language",
    "Deprecation",
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "WWW-Authenticate",
    "X-Request-Id",
)


def options(origins: list[str]) -> dict[str, Any]:
    """What Starlette's CORSMiddleware is told."""
    return {
        "allow_origins": origins,
        "allow_credentials": False,
        "allow_methods": METHODS,
        "allow_headers": SENT,
        "expose_headers": READABLE,
        "max_age": 600,
    }
