"""Composition root of the portal: settings in, an application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules

import httpx
from fastapi import FastAPI
from maillage.errors import TooLarge, TooSlow
from maillage.layers import BodyLimitMiddleware, HeadMiddleware
from maillage.telemetry.logs import configure_logging_unless_done
from maillage.trust import trusted
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from maillage_portal import metrics, pages, static
from maillage_portal.errors import ApiProblem, ForgedForm, PortalError, SignInNeeded
from maillage_portal.house import House
from maillage_portal.rendering import Renderer
from maillage_portal.security import VisitMiddleware
from maillage_portal.session import SessionCookies
from maillage_portal.settings import PortalSettings
from maillage_portal.visit import Refresher, Visit, sign_in_path, without_slash

GZIP_LEVEL = 5
"""Of nine, the middle: a page is compressed at each visit."""
FORM_BYTES = 1_000_000
"""The largest form accepted; the largest page of ours sends a fiftieth of it."""


def build(
    settings: PortalSettings | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """The portal. `transport` reaches the services in this process; without it, `settings.api_url` does."""
    configure_logging_unless_done()
    settings = settings or PortalSettings()
    http = httpx.AsyncClient(
        base_url=settings.api_url,
        transport=transport,
        verify=trusted(),
        timeout=settings.api_timeout,
        follow_redirects=False,
        trust_env=False,
    )
    counted = metrics.PortalMetrics(settings.region)
    house = House(settings, http, SessionCookies(settings), Renderer(settings), Refresher(http), counted)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await http.aclose()

    app = FastAPI(
        title="Maillage",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # Starlette's leads to whatever host the request names: see `_tell`
    )
    app.state.house = house
    app.include_router(static.router)
    app.include_router(metrics.router)
    for module in iter_modules(pages.__path__):
        app.include_router(import_module(f"maillage_portal.pages.{module.name}").router)
    app.add_api_route("/livez", _alive)
    app.add_api_route("/readyz", _alive)
    app.add_exception_handler(PortalError, _tell)
    app.add_exception_handler(HTTPException, _tell)
    app.add_exception_handler(TooLarge, _tell)
    app.add_exception_handler(TooSlow, _tell)
    app.add_middleware(BodyLimitMiddleware, limit=FORM_BYTES)
    app.add_middleware(VisitMiddleware, house=lambda: house)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=GZIP_LEVEL)
    app.add_middleware(HeadMiddleware)
    return app


async def _alive() -> Response:
    return PlainTextResponse("ok")


async def _tell(request: Request, error: Exception) -> Response:
    """Every refusal as a page that says what to do."""
    visit: Visit = request.state.visit
    if isinstance(error, SignInNeeded):
        visit.sign_out()
        return _to_sign_in(visit)
    problem = error if isinstance(error, ApiProblem) else None
    if problem is not None and problem.is_about_address:
        error, problem = HTTPException(404), None
    status = error.status_code if isinstance(error, HTTPException) else getattr(error, "status", 500)
    if status == 404 and (without := without_slash(request)):
        return visit.go(without, 307)
    forged = isinstance(error, ForgedForm)
    return await visit.page("error.html", status, problem=problem, forged=forged)


def _to_sign_in(visit: Visit) -> Response:
    path = sign_in_path(visit.request)
    if visit.from_htmx:
        return Response(status_code=204, headers={"HX-Redirect": path})
    return visit.go(path)
