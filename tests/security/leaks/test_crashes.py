"""A crash whose message quotes a person: log, trace and answer say where it was, and nothing of her."""

from __future__ import annotations

import io
import logging
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest
from maillage.telemetry import configure_logging
from maillage.telemetry.discreet import DiscreetExporter
from maillage_embedded.house import services
from maillage_portal.app import build
from maillage_portal.settings import PortalSettings
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

NAME, EMAIL, PHONE = "Zibeline Quatrepoint", "zibeline.quatrepoint@exemple.fr", "06 39 98 77 66"
SECRETS = (NAME, "Zibeline", "Quatrepoint", EMAIL, PHONE)
PLACES = {"directory": "/cpts", "events": "/seminars", "catalogue": "/event-types"}
"""A route of each service that anyone may call."""


@pytest.fixture
def told() -> Any:
    """What the process logs, as JSON lines; logging is afterwards as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    heard = io.StringIO()
    with redirect_stdout(heard):
        configure_logging("json", "debug")
    yield heard
    root.handlers[:], root.level = before
    configure_logging("json")
    root.handlers[:] = before[0]


def crash(*_: Any, **__: Any) -> None:
    try:
        raise KeyError(EMAIL)
    except KeyError as error:
        error.add_note(PHONE)
        raise ValueError(f"no such person: {NAME} <{EMAIL}> {PHONE}") from error


@pytest.mark.parametrize("name", sorted(PLACES))
async def test_a_service_that_crashes_quotes_nobody(
    name: str, told: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (service,) = (each for each in services() if each.name == name)
    settings = service.settings(database_url=f"sqlite:///{tmp_path}/none.db", data_dir=tmp_path)
    app = service.build(settings, workers=False)
    running, spans = app.state.service, InMemorySpanExporter()
    running.tracing.add_span_processor(SimpleSpanProcessor(DiscreetExporter(spans)))
    monkeypatch.setattr("maillage.db.engine.Database.read", crash)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        answer = await client.get(f"{service.base_path}{PLACES[name]}")
    assert answer.status_code == 500
    finished = " ".join(span.to_json() for span in spans.get_finished_spans())
    log = told.getvalue()
    assert "ValueError" in log
    assert PLACES[name] in finished
    for secret in SECRETS:
        assert secret not in log
        assert secret not in answer.text
        assert secret not in finished


async def test_a_page_that_crashes_quotes_nobody(
    told: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services_away = httpx.MockTransport(lambda _: httpx.Response(503))
    portal = build(PortalSettings(environment="demo", keys_dir=tmp_path), services_away)
    monkeypatch.setattr("maillage_portal.visit.Visit.page", crash)
    transport = httpx.ASGITransport(portal, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        answer = await client.get(f"/annuaire/ailleurs/{EMAIL}", params={"q": NAME})
    assert answer.status_code == 500
    log = told.getvalue()
    assert "ValueError" in log
    for secret in SECRETS:
        assert secret not in log
        assert secret not in answer.text
