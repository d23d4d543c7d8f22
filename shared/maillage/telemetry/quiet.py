"""Traces that nobody receives cost only their ids.

Where no spans are sent, what a recording span notes of a request or an event (its name, attributes, times) is
thrown away with it. The ids count all the same: they are in the logs, on the answers and in the journal, and
a caller's decision whether her trace is kept goes on to those who do send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

_SAMPLED = trace.TraceFlags(trace.TraceFlags.SAMPLED)


class QuietProvider(TracerProvider):
    """As the SDK's; its spans record nothing until somebody is there to receive them."""

    received = False

    def add_span_processor(self, span_processor: SpanProcessor) -> None:
        """As TracerProvider.add_span_processor: from now on spans record."""
        self.received = True
        super().add_span_processor(span_processor)

    def get_tracer(self, *args: Any, **options: Any) -> trace.Tracer:
        """As TracerProvider.get_tracer; the SDK's own is asked for only once its spans are received."""
        return _QuietTracer(self, partial(super().get_tracer, *args, **options))


class _QuietTracer(trace.Tracer):
    def __init__(self, provider: QuietProvider, make_loud: Callable[[], trace.Tracer]) -> None:
        self._provider, self._make_loud = provider, make_loud

    @cached_property
    def _loud(self) -> trace.Tracer:
        return self._make_loud()

    def start_span(self, name: str, context: contexts.Context | None = None, **options: Any) -> trace.Span:  # type: ignore[override]
        if self._provider.received:
            return self._loud.start_span(name, context, **options)
        return trace.NonRecordingSpan(self._following(trace.get_current_span(context).get_span_context()))

    @contextmanager
    def start_as_current_span(  # type: ignore[override]
        self, name: str, context: contexts.Context | None = None, **options: Any
    ) -> Iterator[trace.Span]:
        if self._provider.received:
            with self._loud.start_as_current_span(name, context, **options) as span:
                yield span
            return
        span = self.start_span(name, context)
        token = contexts.attach(trace.set_span_in_context(span))
        try:
            yield span
        finally:
            contexts.detach(token)

    def _following(self, parent: trace.SpanContext) -> trace.SpanContext:
        """The place of a new span in its parent's trace; in a trace of its own, to be kept, without one."""
        ids = self._provider.id_generator
        if not parent.is_valid:
            return trace.SpanContext(ids.generate_trace_id(), ids.generate_span_id(), False, _SAMPLED)
        return trace.SpanContext(
            parent.trace_id, ids.generate_span_id(), False, parent.trace_flags, parent.trace_state
        )
