"""What operators and clients ask of every service: alive, ready, metrics, contracts, problem types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from maillage.errors import DomainError, NotFound
from maillage.http.problems import language_of
from maillage.http.routing import PlacedRoute
from maillage.http.texts import STATUS_TITLES
from maillage.service.contract import asyncapi_document


def ops_router() -> APIRouter:
    """The routes; mounted at the root and under the service's base path."""
    router = APIRouter(route_class=PlacedRoute)
    router.add_api_route("/livez", livez, methods=["GET", "HEAD"])
    router.add_api_route("/readyz", readyz, methods=["GET", "HEAD"])
    router.add_api_route("/metrics", metrics, methods=["GET", "HEAD"])
    router.add_api_route("/openapi.json", openapi, methods=["GET", "HEAD"])
    router.add_api_route("/asyncapi.json", asyncapi, methods=["GET", "HEAD"])
    router.add_api_route("/problems/{code}", problem_type, methods=["GET", "HEAD"])
    return router


async def livez() -> Response:
    """The process answers. Asks nothing of anyone, or an outage elsewhere would restart us in a loop."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 when the service may be sent requests, else 503; each condition by name.

    The database and its schema decide. A bus that is away or a stream that lost events is told (`degraded`)
    and stays a 200. `problems` says what keeps events from flowing, and which command ends it, if one does.
    """
    readiness = request.app.state.service.readiness
    checks = await readiness.report()
    status = readiness.verdict(checks)
    answer: dict[str, Any] = {"status": status, "checks": checks}
    if problems := readiness.problems():
        answer["problems"] = problems
    return JSONResponse(answer, status_code=503 if status == "not ready" else 200)


async def metrics(request: Request) -> Response:
    text, media_type = request.app.state.service.metrics.render()
    return Response(text, media_type=media_type)


async def openapi(request: Request) -> Response:
    return JSONResponse(request.app.openapi())


async def asyncapi(request: Request) -> Response:
    return JSONResponse(asyncapi_document(request.app.state.service.spec))


async def problem_type(code: str, request: Request) -> Response:
    """What a problem's `type` URL leads to: the meaning of its code."""
    package = request.app.state.service.spec.package
    known = {each.code: (each.status, each.title_fr, each.title_en) for each in problem_classes(package)}
    known |= {word: (status, fr, en) for status, (word, fr, en) in STATUS_TITLES.items() if word not in known}
    if code not in known:
        raise NotFound
    status, french, english = known[code]
    title = english if language_of(request) == "en" else french
    return JSONResponse({"code": code, "status": status, "title": title})


def problem_classes(package: str) -> Iterator[type[DomainError]]:
    """The domain errors of the kit and of one service's package."""
    pending: list[type[DomainError]] = [DomainError]
    while pending:
        error = pending.pop()
        pending += error.__subclasses__()
        if error.__module__.split(".")[0] in ("maillage", package) and error is not DomainError:
            yield error
