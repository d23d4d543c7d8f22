"""Alive is one thing, ready another: never restarted for what others suffer, never sent what we cannot do."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from maillage.auth import StaticKeys
from maillage.db import make_base
from maillage.events import metrics as event_metrics
from maillage.http import service_router
from maillage.service import Service
from maillage.settings import ServiceSettings
from maillage.telemetry import Readiness
from prometheus_client.parser import text_string_to_metric_families


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    router = service_router()

    @router.get("/people/{person_id}")
    async def person(person_id: str) -> None:
        return None

    base = make_base()
    service = Service(name="things", package="maillage_things", base=base, routers=[router])
    settings = ServiceSettings(
        database_url=f"sqlite:///{tmp_path}/things.db", migrate_on_start=False, mailbox_dir=tmp_path
    )
    built = service.build(settings, workers=False, keys=StaticKeys([]))
    readiness = built.state.service.readiness
    readiness._timeout = 60.0  # a busy machine is no database that is away
    # This service has no migrations of its own: the schema is whatever the test says.
    readiness.add("schema", _yes)
    return built


async def _yes() -> bool:
    return True


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as made:
        yield made


async def ready(client: httpx.AsyncClient) -> tuple[int, dict[str, bool]]:
    answer = await client.get("/readyz")
    return answer.status_code, answer.json()["checks"]


async def test_ready_from_start_to_drain(app: FastAPI, client: httpx.AsyncClient) -> None:
    assert (await ready(client))[0] == 503
    async with app.router.lifespan_context(app):
        app.state.service.readiness.add("schema", _yes)
        assert await ready(client) == (
            200,
            {"started": True, "not_draining": True, "database": True, "schema": True},
        )
        app.state.service.drain()
        assert app.state.service.stopping.is_set()
        status, checks = await ready(client)
        assert (status, checks["not_draining"]) == (503, False)
        assert (await client.get("/livez")).status_code == 200


async def test_alive_without_a_database_but_not_ready(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.router.lifespan_context(app):

        async def broken() -> None:
            raise ConnectionError("away")

        monkeypatch.setattr(app.state.service.db, "ping", broken)
        assert (await ready(client))[1]["database"] is False
        assert (await client.get("/livez")).status_code == 200


async def test_a_schema_not_yet_migrated_is_not_ready(app: FastAPI, client: httpx.AsyncClient) -> None:
    async with app.router.lifespan_context(app):
        status, checks = await ready(client)
        assert (status, checks["schema"]) == (503, False)


async def test_without_the_bus_it_is_degraded_and_still_sent_requests(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    async def away() -> bool:
        return False

    async with app.router.lifespan_context(app):
        readiness = app.state.service.readiness
        readiness.add("schema", _yes)
        readiness.add("nats", away, bearable=True)
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["checks"]["nats"] is False
        assert "problems" not in answer.json()
        readiness.problems = lambda: ["EVENTS_FR_PAC has lost events: run `maillage stream repair`"]
        assert (await client.get("/readyz")).json()["problems"] == readiness.problems()
        readiness.add("database", away)
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "not ready")


async def test_a_check_that_hangs_is_a_no() -> None:
    readiness = Readiness(timeout=0.05)

    async def hangs() -> bool:
        await asyncio.sleep(60)
        return True

    readiness.add("slow", hangs)
    assert (await readiness.report())["slow"] is False


async def test_both_places(app: FastAPI, client: httpx.AsyncClient) -> None:
    async with app.router.lifespan_context(app):
        for path in ("/livez", "/metrics", "/openapi.json"):
            assert (await client.get(path)).status_code == 200
            assert (await client.get(f"/api/things/v1{path}")).status_code == 200
        assert (await client.head("/livez")).status_code == 200


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_template_and_status(app: FastAPI, client: httpx.AsyncClient) -> None:
    async with app.router.lifespan_context(app):
        for path in ("camille", "nadia", "claire?q=x", "../nowhere"):
            await client.get(f"/api/things/v1/people/{path}")
        await client.get("/livez")
        for number in range(3):
            await client.request(f"MADEUP{number}", "/api/things/v1/people/camille")
        text = (await client.get("/metrics")).text
    found: dict[Any, float] = {
        tuple(part for part in key if part.startswith(("method", "route", "status"))): value
        for key, value in samples(text).items()
        if key[0] == "maillage_http_request_seconds_count"
    }
    template = "route=/api/things/v1/people/{person_id}"
    assert found == {
        ("method=GET", template, "status=200"): 2.0,
        ("method=GET", template, "status=400"): 1.0,
        ("method=GET", "route=unknown", "status=404"): 1.0,
        ("method=other", template, "status=405"): 3.0,
    }
    assert "camille" not in text


async def test_only_this_services_events_are_shown(app: FastAPI, client: httpx.AsyncClient) -> None:
    event_metrics.OUTBOX_AGE.labels("things").set(7)
    event_metrics.OUTBOX_AGE.labels("elsewhere").set(9)
    event_metrics.CONSUMER_LAG.labels("things").set(3)
    async with app.router.lifespan_context(app):
        text = (await client.get("/metrics")).text
    found = samples(text)
    assert found["maillage_outbox_age_seconds", "service=things"] == 7
    assert found["maillage_consumer_lag", "consumer=things"] == 3
    assert "elsewhere" not in text
