"""OpenTelemetry, one tracer provider per service: several services may live in one process.

Ids are made even when nothing is exported: the trace id on a problem document is also the one in the logs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from maillage.telemetry.quiet import QuietProvider

_propagator = TraceContextTextMapPropagator()


def make_tracing(service: str, region: str, otlp_endpoint: str | None) -> TracerProvider:
    """A provider for one service; spans are exported to `otlp_endpoint` (OTLP over HTTP) when given."""
    resource = Resource.create(
        {"service.name": service, "service.namespace": "maillage", "maillage.region": region}
    )
    provider = QuietProvider(resource=resource, shutdown_on_exit=False)
    if otlp_endpoint:
        # Imported only where traces are sent: protobuf and an HTTP client weigh as much as a small service.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from maillage.telemetry.discreet import DiscreetExporter

        endpoint = otlp_endpoint.rstrip("/") + "/v1/traces"
        exporter = DiscreetExporter(OTLPSpanExporter(endpoint=endpoint))
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


_provider: ContextVar[TracerProvider | None] = ContextVar("maillage_tracer_provider", default=None)


@contextmanager
def traced_as(provider: TracerProvider) -> Iterator[None]:
    """What runs inside, tasks begun there included, makes its spans with this service's provider."""
    token = _provider.set(provider)
    try:
        yield
    finally:
        _provider.reset(token)


def tracer(name: str = "maillage") -> Tracer:
    """The tracer of the service at work; the process's when none is."""
    provider = _provider.get()
    return provider.get_tracer(name) if provider else trace.get_tracer(name)


def current_trace_id() -> str | None:
    """The trace the present work belongs to, as 32 hexadecimal digits."""
    return ids[0] if (ids := current_ids()) else None


def current_ids() -> tuple[str, str] | None:
    """The ids of the present trace and span, as 32 and 16 hexadecimal digits."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)


def current_traceparent() -> str | None:
    """The present place in the trace as a W3C `traceparent`, to travel in a row or a message."""
    if (ids := current_ids()) is None:
        return None
    return f"00-{ids[0]}-{ids[1]}-{trace.get_current_span().get_span_context().trace_flags:02x}"


def context_from(headers: Mapping[str, str]) -> Context:
    """The trace context that `headers` carry; an empty one when they carry none."""
    # An explicit empty context: what surrounds us (another service in this process) is not our parent.
    empty = Context()
    return _propagator.extract(headers, context=empty) if "traceparent" in headers else empty


@contextmanager
def continue_trace(
    traceparent: str | None, name: str, kind: SpanKind = SpanKind.CONSUMER
) -> Iterator[trace.Span]:
    """A span that goes on with the trace a row or message carried (a new trace without one)."""
    context = context_from({"traceparent": traceparent} if traceparent else {})
    with tracer().start_as_current_span(name, context=context, kind=kind) as span:
        yield span
