"""What operators see of a service: logs without personal data, traces from request to handler, metrics."""

from maillage.telemetry.health import Readiness
from maillage.telemetry.logs import configure_logging, get_logger
from maillage.telemetry.metrics import Metrics
from maillage.telemetry.middleware import TelemetryMiddleware
from maillage.telemetry.tracing import (
    continue_trace,
    current_trace_id,
    current_traceparent,
    make_tracing,
    traced_as,
    tracer,
)

__all__ = [
    "Metrics",
    "Readiness",
    "TelemetryMiddleware",
    "configure_logging",
    "continue_trace",
    "current_trace_id",
    "current_traceparent",
    "get_logger",
    "make_tracing",
    "traced_as",
    "tracer",
]
