"""Builds the FastAPI application of a service: routes, error answers, middleware, resources, lifespan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware

from maillage.auth.ended import Ended
from maillage.auth.keys import JwksKeys, KeySource
from maillage.auth.tokens import TokenVerifier
from maillage.db.engine import Database
from maillage.events.runtime import EventRuntime
from maillage.http import cors
from maillage.http.idempotency import purge_answers
from maillage.http.limiting import Limits, RateLimitMiddleware
from maillage.http.listeners import Listeners
from maillage.http.middleware import CrashMiddleware
from maillage.http.openapi import install_openapi
from maillage.http.problems import install_problem_handlers
from maillage.layers import BodyLimitMiddleware, HeadMiddleware
from maillage.mail import Mailer
from maillage.safety import SafetyMiddleware, behind_tls
from maillage.service.composition import Service
from maillage.service.lifespan import run_service
from maillage.service.routes import routes_of
from maillage.service.running import Running
from maillage.settings import ServiceSettings
from maillage.telemetry import Metrics, TelemetryMiddleware, make_tracing
from maillage.telemetry.logs import configure_logging_unless_done

# FastAPI's own telemetry would record exception messages and query strings; ours does not.
SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}


def build_application(
    spec: Service,
    settings: ServiceSettings,
    *,
    workers: bool,
    keys: KeySource | None,
    jwks_transport: httpx.AsyncBaseTransport | None,
) -> FastAPI:
    """See Service.build."""
    configure_logging_unless_done()
    if keys is None:
        own = spec.keys
        keys = own(settings) if own else JwksKeys(settings.jwks_url, transport=jwks_transport)
    db = Database(settings.database_url)
    running = Running(
        spec=spec,
        settings=settings,
        db=db,
        keys=keys,
        tokens=TokenVerifier(keys, issuer=settings.issuer, audience=settings.audience),
        mailer=Mailer(settings),
        metrics=Metrics(spec.name, settings.region),
        tracing=make_tracing(spec.name, settings.region, settings.otlp_endpoint),
        ended=Ended(db, settings, spec.erased, spec.ended),
        listeners=Listeners(settings.live_streams_each),
    )
    if workers:
        running.events = _event_runtime(running)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with run_service(running):
            yield

    app = FastAPI(
        title=f"Maillage {spec.name}",
        version=spec.version,
        description=spec.description,
        lifespan=lifespan,
        routes=list(routes_of(spec)),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=SILENT,
    )
    app.state.service = running
    _mount(app, running)
    return app


def _event_runtime(running: Running) -> EventRuntime:
    spec = running.spec
    return EventRuntime(
        spec.name,
        running.db,
        running.settings,
        consumer=spec.consumer,
        timers=spec.timers,
        background=[partial(work, running) for work in (forget_old_answers, *spec.background)],
        tracer=running.tracing.get_tracer("maillage.events"),
    )


async def forget_old_answers(running: Running) -> None:
    """Deletes the answers kept for idempotency keys once they are a day old."""
    while True:
        async with running.db.write() as session:
            await purge_answers(session)
        await asyncio.sleep(3600)


def _mount(app: FastAPI, running: Running) -> None:
    spec, settings = running.spec, running.settings
    install_problem_handlers(app)
    install_openapi(app)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(BodyLimitMiddleware, limit=settings.max_body_bytes)
    app.add_middleware(
        RateLimitMiddleware, limits=Limits(settings), metrics=running.metrics, prefix=spec.base_path
    )
    app.add_middleware(CrashMiddleware)
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, **cors.options(settings.cors_origins))
    app.add_middleware(
        TelemetryMiddleware,
        service=spec.name,
        region=settings.region,
        tracing=running.tracing,
        metrics=running.metrics,
        prefix=spec.base_path,
    )
    app.add_middleware(SafetyMiddleware, tls=behind_tls(settings.public_url))
