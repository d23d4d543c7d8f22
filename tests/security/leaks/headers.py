"""What the headers of an answer must say, by its kind: a page or an answer of an API.

Nothing but a mail in the demo's mailbox is ever shown in a frame: the house has no page made to be embedded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.security.leaks.crawl import Seen

COOKIE = re.compile(
    r'maillage\w*="?[^;"]*"?(?=.*; HttpOnly)(?=.*; Max-Age=\d+)(?=.*; Path=/)(?=.*; SameSite=lax).*',
    re.I,
)
"""As every cookie of the house is set where there is no TLS."""
SAME = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}
OPEN = {"/annuaire/contour.geojson": "public, max-age=86400"}
"""The outlines of the departments: the same for everybody."""
UNKNOWN = ("server", "x-powered-by")
"""What would tell the version of a program with a known hole."""


def directives(policy: str) -> dict[str, str]:
    """A content security policy by directive."""
    parts = (part.strip().partition(" ") for part in policy.split(";") if part.strip())
    return {name: sources for name, _, sources in parts}


def faults(one: Seen) -> list[str]:
    """What is wrong with the headers of an answer; empty when nothing is."""
    headers = dict(one.headers)
    if headers.get("cache-control") == OPEN.get(one.template):
        headers["cache-control"] = "no-store"
    return list(problems(headers, page=not one.template.startswith("/api/")))


def problems(headers: Mapping[str, str], *, page: bool) -> Iterator[str]:
    """As `faults`, for headers alone."""
    for name, value in SAME.items():
        if headers.get(name) != value:
            yield f"{name}: {headers.get(name)}"
    for name in UNKNOWN:
        if name in headers:
            yield f"{name}: {headers[name]}"
    if headers.get("referrer-policy") not in ("no-referrer", "same-origin"):
        yield f"referrer-policy: {headers.get('referrer-policy')}"
    if headers.get("cache-control", "").partition(",")[0] not in ("no-store", "private", "no-cache"):
        yield f"cache-control: {headers.get('cache-control')}"
    policy = directives(headers.get("content-security-policy", ""))
    if policy.get("default-src") not in (("'self'",) if page else ("'none'",)):
        yield f"default-src: {policy.get('default-src')}"
    if policy.get("frame-ancestors") != "'none'":
        yield f"frame-ancestors: {policy.get('frame-ancestors')}"
    if any("unsafe" in sources or "*" in sources.split() for sources in policy.values()):
        yield f"unsafe: {policy}"
    if page and not {"object-src", "base-uri", "form-action"} <= policy.keys():
        yield f"directives missing: {policy}"
    if page and headers.get("cross-origin-opener-policy") != "same-origin":
        yield "cross-origin-opener-policy"
