"""A thin layer inside the telemetry one: crashes as problems."""

from __future__ import annotations

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maillage.http.problems import crash_problem
from maillage.layers import HUNG_UP

log = structlog.get_logger(__name__)


class CrashMiddleware:
    """Answers what no handler caught with a problem that says the trace id only; the log has the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            if not started:
                await Response(status_code=HUNG_UP)(scope, receive, send)
        except Exception:
            log.exception("request-crashed")
            if started:
                raise
            await crash_problem(Request(scope))(scope, receive, send)
