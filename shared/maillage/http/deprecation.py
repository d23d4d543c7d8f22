"""Saying in time that a route or a query parameter will go: in the document, in headers and in a metric.

    @router.get("/old", **deprecated(date(2027, 1, 15), sunset=date(2027, 7, 15), successor="/new"))
    async def old(colour: Annotated[str | None, Query(**deprecated_parameter(date(2027, 1, 15)))] = None)

Answers, errors too, carry `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a `Link` to what to do instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any, TypedDict

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from maillage.telemetry.middleware import put_on_answer, route_of

KEY = "x-deprecation"
MONTHS_KEPT = 6
"""How long at least what is deprecated goes on working (docs/api.md)."""


class _Route(TypedDict):
    deprecated: bool
    openapi_extra: dict[str, Any]


class _Parameter(TypedDict):
    deprecated: bool
    json_schema_extra: dict[str, Any]


def deprecated(
    since: date, *, sunset: date | None = None, link: str | None = None, successor: str | None = None
) -> _Route:
    """For a route's decorator: deprecated since that day, gone on the day of `sunset`.

    `link`: a page that explains; `successor`: the path of what replaces it. Raises ValueError for a sunset
    that leaves callers less than six months.
    """
    return {"deprecated": True, "openapi_extra": {KEY: _facts(since, sunset, link, successor)}}


def deprecated_parameter(since: date, *, sunset: date | None = None, link: str | None = None) -> _Parameter:
    """The same for a query parameter; only requests that use it are told."""
    return {"deprecated": True, "json_schema_extra": {KEY: _facts(since, sunset, link, None)}}


def _facts(since: date, sunset: date | None, link: str | None, successor: str | None) -> dict[str, str]:
    if sunset is not None and (sunset - since).days < MONTHS_KEPT * 30:
        raise ValueError(f"what is deprecated goes on working for {MONTHS_KEPT} months")
    facts = {"since": since, "sunset": sunset, "link": link, "successor": successor}
    return {name: str(value) for name, value in facts.items() if value is not None}


class Deprecations:
    """What of one route is deprecated: the route itself under "", parameters under their names."""

    def __init__(self, route: APIRoute, dependants: Iterable[Dependant]) -> None:
        self._facts: dict[str, Mapping[str, str]] = {}
        if found := (route.openapi_extra or {}).get(KEY):
            self._facts[""] = found
        for dependant in dependants:
            for parameter in dependant.query_params:
                extra = parameter.field_info.json_schema_extra
                if isinstance(extra, dict) and (told := extra.get(KEY)):
                    self._facts[parameter.alias] = told  # type: ignore[assignment]  # our own dict, see above

    def tell(self, request: Request) -> None:
        """Counts a request that uses something deprecated and says so on its answer, the route first."""
        if not self._facts:
            return
        used = [name for name in self._facts if not name or name in request.query_params]
        service = request.app.state.service
        for name in used:
            service.metrics.count_deprecated(request.method, route_of(request.scope, service.base_path), name)
        if used:
            for header, value in _headers(self._facts[used[0]]):
                put_on_answer(request.scope, header, value)


def _headers(facts: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    yield "Deprecation", f"@{int(_midnight(facts['since']).timestamp())}"
    if "sunset" in facts:
        yield "Sunset", format_datetime(_midnight(facts["sunset"]), usegmt=True)
    if "link" in facts:
        yield "Link", f'<{facts["link"]}>; rel="deprecation"; type="text/html"'
    if "successor" in facts:
        yield "Link", f'<{facts["successor"]}>; rel="successor-version"'


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)
