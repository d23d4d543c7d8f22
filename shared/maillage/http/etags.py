"""Versions over HTTP: ETag on single resources, If-Match on changes, If-None-Match on reads.

A tag is `"<version>-<digest>"`. The version says what may be overwritten; the digest is of the answer as this
reader was given it. So a tag is another one as soon as she may see less or more than before, or in another
language, though nobody has written the row: what is told to be unchanged is what she holds.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Protocol

from fastapi import Depends, Header, Request
from starlette.responses import Response

from maillage.errors import BadRequest, PreconditionFailed, PreconditionRequired

KEPT_BY_304 = frozenset({"etag", "cache-control", "vary", "content-location"})
DIGITS = 16
"""Of the digest; 64 bits tell the answers of one resource apart."""

_TAG = re.compile(r'(?:W/)?"(\d{1,18})(?:-[0-9a-f]{16})?"')
_VERSION = re.compile(r'"\d{1,18}"')


class HasVersion(Protocol):
    """A row with an optimistic version (maillage.db.Versioned)."""

    @property
    def version(self) -> int: ...


class BadEntityTag(BadRequest):
    code = "bad-entity-tag"
    title_fr = "En-tête If-Match illisible"
    title_en = "Unreadable If-Match header"


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def set_etag(response: Response, version: int) -> None:
    """Puts the version on the answer; the route completes it by what the answer shows (`tagged`)."""
    response.headers["ETag"] = etag(version)


async def if_match(
    header: Annotated[
        str | None, Header(alias="If-Match", description="ETag of the version to change")
    ] = None,
) -> int:
    """The version the caller means to change. Raises PreconditionRequired without the header."""
    if header is None or not header.strip():
        raise PreconditionRequired
    # W/ is taken too: a proxy that compresses weakens the tags it passes on, and ours name versions anyway.
    match = _TAG.fullmatch(header.strip())
    if match:
        return int(match.group(1))
    if header.strip() == "*":
        raise BadEntityTag  # "any version" protects nobody's change
    raise PreconditionFailed if '"' in header else BadEntityTag


IfMatch = Annotated[int, Depends(if_match)]


def expect_version(row: HasVersion, version: int) -> None:
    """Raises PreconditionFailed unless the row still has the version the caller has read."""
    if row.version != version:
        raise PreconditionFailed


def tagged(response: Response) -> Response:
    """The answer, its version completed to the tag of what it shows."""
    tag, body = response.headers.get("ETag"), getattr(response, "body", b"")
    if tag and body and _VERSION.fullmatch(tag):
        digest = hashlib.sha256(body, usedforsecurity=False).hexdigest()[:DIGITS]
        response.headers["ETag"] = f'{tag[:-1]}-{digest}"'
    return response


def unless_known(request: Request, response: Response) -> Response:
    """The answer with its tag, or a 304 to a read whose If-None-Match names that very tag."""
    tagged(response)
    tag, wanted = response.headers.get("ETag"), request.headers.get("if-none-match")
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or not tag or not wanted:
        return response
    known = {name.strip().removeprefix("W/") for name in wanted.split(",")}
    if known.isdisjoint({tag.removeprefix("W/"), "*"}):
        return response
    kept = {name: value for name, value in response.headers.items() if name in KEPT_BY_304}
    return Response(status_code=304, headers=kept, background=response.background)
