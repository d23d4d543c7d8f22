"""Versions over HTTP: ETag on single resources, If-Match on changes, If-None-Match on reads."""

from __future__ import annotations

import re
from typing import Annotated, Protocol

from fastapi import Depends, Header, Request
from starlette.responses import Response

from maillage.errors import BadRequest, PreconditionFailed, PreconditionRequired

KEPT_BY_304 = frozenset({"etag", "cache-control", "vary", "content-location"})
_TAG = re.compile(r'(?:W/)?"(\d{1,18})"')


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
    """Puts the version on the answer."""
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


def not_modified(request: Request, version: int) -> Response | None:
    """A 304 answer when the caller already holds this version, else None."""
    header = request.headers.get("if-none-match", "")
    known = {int(tag) for tag in _TAG.findall(header)}
    if header.strip() == "*" or version in known:
        return Response(status_code=304, headers={"ETag": etag(version)})
    return None


def unless_known(request: Request, response: Response) -> Response:
    """The answer to a read, or a 304 when it carries the very tag the caller named in If-None-Match."""
    tag, wanted = response.headers.get("ETag"), request.headers.get("if-none-match")
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or not tag or not wanted:
        return response
    known = {name.strip().removeprefix("W/") for name in wanted.split(",")}
    if known.isdisjoint({tag.removeprefix("W/"), "*"}):
        return response
    kept = {name: value for name, value in response.headers.items() if name in KEPT_BY_304}
    return Response(status_code=304, headers=kept, background=response.background)
