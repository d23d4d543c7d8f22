"""Around every request: a server span, the request's metrics and log line, and the ids that name it."""

from __future__ import annotations

import re
import time

import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maillage.ids import new_id
from maillage.telemetry.metrics import Metrics
from maillage.telemetry.tracing import context_from, current_traceparent, traced_as, tracer

log = structlog.get_logger(__name__)
OPS_PATHS = ("/livez", "/readyz", "/metrics")
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
ANSWER_HEADERS = "maillage.answer-headers"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class TelemetryMiddleware:
    """Around everything that can fail or take time in a service (plain ASGI: streams pass untouched)."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        region: str,
        tracing: TracerProvider,
        metrics: Metrics,
        prefix: str,
    ) -> None:
        self.app = app
        self._service = service
        self._region = region
        self._tracing = tracing
        self._metrics = metrics
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].removeprefix(self._prefix) in OPS_PATHS:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers.get("x-request-id"))
        with (
            traced_as(self._tracing),
            tracer().start_as_current_span(
                scope["method"], context=context_from(headers), kind=SpanKind.SERVER, record_exception=False
            ) as span,
            structlog.contextvars.bound_contextvars(
                service=self._service, region=self._region, request_id=request_id
            ),
        ):
            scope[ANSWER_HEADERS] = []  # one list, also for layers that hand a copy of the scope inwards
            answer = _Answer(send, request_id, scope[ANSWER_HEADERS])
            started = time.perf_counter()
            try:
                await self.app(scope, receive, answer)
            finally:
                seconds = time.perf_counter() - started
                route = route_of(scope, self._prefix)
                span.update_name(f"{scope['method']} {route}")
                span.set_attributes(
                    {
                        "http.request.method": scope["method"],
                        "http.route": route,
                        "http.response.status_code": answer.status,
                    }
                )
                if answer.status >= 500:
                    span.set_status(Status(StatusCode.ERROR))
                # A made-up method is one label, not as many as a caller can think of.
                method = scope["method"] if scope["method"] in METHODS else "other"
                self._metrics.observe_request(method, route, answer.status, seconds)
                # The path template, not the path: a query or a segment may hold a name.
                log.info(
                    "request",
                    method=scope["method"],
                    route=route,
                    status=answer.status,
                    milliseconds=round(seconds * 1000, 1),
                )


def route_of(scope: Scope, prefix: str) -> str:
    """The template of the path that was called, `unknown` when no route has it; never the path itself."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return "unknown"
    return str(path) if path.startswith(prefix) else prefix + str(path)


def put_on_answer(scope: Scope, name: str, value: str) -> None:
    """Adds a header to the answer of this request, whoever gives it: a route, an error handler, a layer."""
    scope.get(ANSWER_HEADERS, []).append((name, value))


class _Answer:
    """The `send` handed inwards: notes the status and adds the headers that name the request."""

    def __init__(self, send: Send, request_id: str, more: list[tuple[str, str]]) -> None:
        self._send = send
        self._more = more
        self._request_id = request_id
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            if traceparent := current_traceparent():
                headers["traceparent"] = traceparent
            for name, value in self._more:
                headers.append(name, value)
        await self._send(message)


def _request_id(given: str | None) -> str:
    return given if given and _REQUEST_ID.fullmatch(given) else str(new_id())
