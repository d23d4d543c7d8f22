"""One trace runs from the caller's request through a row to whoever goes on with it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from maillage.auth import StaticKeys
from maillage.db import make_base
from maillage.http import service_router
from maillage.service import Service
from maillage.settings import ServiceSettings
from maillage.telemetry import continue_trace, current_trace_id, current_traceparent, make_tracing, traced_as
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

TRACE = "0af7651916cd43dd8448eb211c80319c"
EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter.OTLPSpanExporter"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def build(folder: Path, name: str) -> FastAPI:
    router = service_router()

    @router.get("/things/{thing_id}")
    async def thing(thing_id: str) -> dict[str, str | None]:
        return {"traceparent": current_traceparent(), "trace_id": current_trace_id()}

    @router.get("/crash")
    async def crash() -> None:
        raise RuntimeError("Camille")

    service = Service(name=name, package="maillage_things", base=make_base(), routers=[router])
    settings = ServiceSettings(
        database_url=f"sqlite:///{folder}/{name}.db", migrate_on_start=False, mailbox_dir=folder
    )
    return service.build(settings, workers=False, keys=StaticKeys([]))


def recorder(app: FastAPI) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    app.state.service.tracing.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


def caller(app: FastAPI) -> httpx.AsyncClient:
    service = app.state.service
    base_url = f"http://localhost:8000{service.base_path}"
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[FastAPI]:
    built = build(tmp_path, "things")
    async with built.router.lifespan_context(built):
        yield built


@pytest.fixture
def spans(app: FastAPI) -> InMemorySpanExporter:
    return recorder(app)


async def test_goes_on_with_the_callers_trace(app: FastAPI, spans: Any) -> None:
    async with caller(app) as client:
        answer = await client.get("/things/1", headers={"traceparent": PARENT})
    (span,) = spans.get_finished_spans()
    assert answer.json()["trace_id"] == TRACE
    assert format(span.parent.span_id, "016x") == "b7ad6b7169203331"
    assert answer.headers["traceparent"] == answer.json()["traceparent"]
    assert answer.headers["traceparent"].startswith(f"00-{TRACE}-{format(span.context.span_id, '016x')}")


async def test_begins_a_trace_when_there_is_none(app: FastAPI, spans: Any) -> None:
    async with caller(app) as client:
        first = (await client.get("/things/1")).json()["trace_id"]
        second = (await client.get("/things/1", headers={"traceparent": "nonsense"})).json()["trace_id"]
    assert len(first) == len(second) == 32
    assert first != second


async def test_the_span_names_the_template_not_the_path(app: FastAPI, spans: Any) -> None:
    async with caller(app) as client:
        await client.get("/things/camille")
    (span,) = spans.get_finished_spans()
    assert span.name == "GET /api/things/v1/things/{thing_id}"
    assert span.kind is SpanKind.SERVER
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/api/things/v1/things/{thing_id}",
        "http.response.status_code": 200,
    }
    assert span.resource.attributes["service.name"] == "things"
    assert span.resource.attributes["maillage.region"] == "fr-pac"


async def test_a_crash_marks_the_span_and_tells_no_more(app: FastAPI, spans: Any) -> None:
    async with caller(app) as client:
        await client.get("/crash")
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert not span.events
    assert "Camille" not in span.to_json()


async def test_request_id_is_given_back_or_made(app: FastAPI) -> None:
    async with caller(app) as client:
        given = await client.get("/things/1", headers={"X-Request-Id": "abc-1"})
        made = await client.get("/things/1")
        odd = await client.get("/things/1", headers={"X-Request-Id": "a b\tc" * 30})
    assert given.headers["x-request-id"] == "abc-1"
    assert len(made.headers["x-request-id"]) == len(odd.headers["x-request-id"]) == 36


async def test_two_services_in_one_process_keep_apart(tmp_path: Path) -> None:
    apps = [build(tmp_path, "things"), build(tmp_path, "others")]
    recorders = [recorder(each) for each in apps]
    for each in apps:
        async with each.router.lifespan_context(each), caller(each) as client:
            await client.get("/things/1")
    names = [
        [span.resource.attributes["service.name"] for span in each.get_finished_spans()] for each in recorders
    ]
    assert names == [["things"], ["others"]]
    metrics = [each.state.service.metrics.render()[0].decode() for each in apps]
    assert 'service="others"' not in metrics[0]
    assert 'service="things"' not in metrics[1]


def test_a_trace_travels_as_text() -> None:
    provider = make_tracing("things", "fr-pac", None)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with traced_as(provider):
        with continue_trace(None, "write") as writing:
            stored = current_traceparent()
        assert current_traceparent() is None
        with continue_trace(stored, "handle") as handling:
            assert handling.get_span_context().trace_id == writing.get_span_context().trace_id
    wrote, handled = exporter.get_finished_spans()
    assert handled.parent is not None
    assert wrote.context is not None
    assert handled.parent.span_id == wrote.context.span_id


def test_what_is_exported_quotes_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    exported = InMemorySpanExporter()
    monkeypatch.setattr(EXPORTER, lambda endpoint: exported)
    provider = make_tracing("things", "fr-pac", "http://collector:4318")
    with pytest.raises(ValueError, match="Camille"), traced_as(provider), continue_trace(PARENT, "handle"):
        raise ValueError("Camille Roux")
    provider.force_flush()
    (span,) = exported.get_finished_spans()
    assert "Camille" not in span.to_json()
    assert span.status.status_code is StatusCode.ERROR
    assert [dict(event.attributes or {})["exception.type"] for event in span.events] == ["ValueError"]
    assert (span.name, span.resource.attributes["service.name"]) == ("handle", "things")
    assert span.context is not None
    assert format(span.context.trace_id, "032x") == TRACE


def test_nothing_is_exported_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def exporter(endpoint: str) -> InMemorySpanExporter:
        made.append(endpoint)
        return InMemorySpanExporter()

    monkeypatch.setattr(EXPORTER, exporter)
    make_tracing("things", "fr-pac", None).shutdown()
    assert made == []
    make_tracing("things", "fr-pac", "http://collector:4318/").shutdown()
    assert made == ["http://collector:4318/v1/traces"]
