"""Traces that nobody receives: the ids go on all the same, and recording begins when somebody listens."""

from maillage.telemetry.tracing import context_from, make_tracing
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

KEPT, LEFT = (f"00-{'1' * 32}-{'2' * 16}-0{flag}" for flag in (1, 0))


def test_a_trace_goes_on_with_its_ids_and_the_decision_to_keep_it() -> None:
    tracer = make_tracing("directory", "fr-pac", None).get_tracer("test")
    for traceparent, kept in ((KEPT, True), (LEFT, False)):
        with tracer.start_as_current_span(
            "outer", context=context_from({"traceparent": traceparent})
        ) as span:
            outer = span.get_span_context()
            assert not span.is_recording()
            with tracer.start_as_current_span("inner"):
                inner = trace.get_current_span().get_span_context()
        assert outer.trace_id == inner.trace_id == int("1" * 32, 16)
        assert len({outer.span_id, inner.span_id, int("2" * 16, 16)}) == 3
        assert inner.trace_flags.sampled is kept
    assert not trace.get_current_span().get_span_context().is_valid


def test_a_trace_of_its_own_is_one_to_keep() -> None:
    tracer = make_tracing("directory", "fr-pac", None).get_tracer("test")
    first, second = (tracer.start_span("alone").get_span_context() for _ in range(2))
    assert first.is_valid
    assert first.trace_flags.sampled
    assert first.trace_id != second.trace_id


def test_spans_record_once_somebody_receives_them() -> None:
    provider, exporter = make_tracing("directory", "fr-pac", None), InMemorySpanExporter()
    tracer = provider.get_tracer("test")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with tracer.start_as_current_span("heard", context=context_from({"traceparent": KEPT})):
        pass
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.context.trace_id) == ("heard", int("1" * 32, 16))
