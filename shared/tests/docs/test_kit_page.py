"""The service on the page docs/kit.md runs: taken from the page, migrated, called, heard."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from maillage.events.streams import provision, topology
from maillage.ids import new_id
from maillage.service import Service
from maillage.settings import ServiceSettings
from maillage.testing.nats import NatsServer
from maillage.testing.tokens import TokenFactory
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

PAGE = Path(__file__).parents[3] / "docs" / "kit.md"


def test_it_is_as_short_as_it_says(wall: Service) -> None:
    page = PAGE.read_text(encoding="utf-8")
    code = re.search(r"# file: maillage_wall/app.py\n(.*?)```", page, re.DOTALL)
    assert code is not None
    lines = [line for line in code.group(1).splitlines() if line.strip()]
    assert len(lines) <= 65


async def test_called_and_heard_in_process(wall: Service, service_app: Any) -> None:
    async with service_app(wall) as harness:
        me, friend = new_id(), new_id()
        caller = harness.tokens.coordinator(me)
        answer = await harness.client.post("/thanks", json={"to_id": str(friend)}, headers=caller)
        assert answer.status_code == 201
        assert answer.headers["etag"].startswith('"1-')
        (event,) = await harness.recorded("wall.thanks.given.v1")
        assert event.data == {"thanks_id": answer.json()["id"], "from_id": str(me), "to_id": str(friend)}
        for _ in range(2):
            await harness.deliver("wall.thanks.given.v1", event.data, event_id=event.event_id)
        tally = await harness.client.get(f"/tallies/{friend}")
        assert tally.json() == {"received": 1}
        assert (await harness.client.get("/thanks")).json() == {"items": [answer.json()], "next": None}


async def test_refusals(wall: Service, service_app: Any) -> None:
    async with service_app(wall) as harness:
        me = new_id()
        caller = harness.tokens.coordinator(me)
        answer = await harness.client.post("/thanks", json={"to_id": str(me)}, headers=caller)
        assert (answer.status_code, answer.json()["code"]) == (422, "self-praise")
        assert (await harness.client.post("/thanks", json={"to_id": str(me)})).status_code == 401
        assert (await harness.client.get(f"/tallies/{me}")).json() == {"received": 0}
        assert await harness.recorded() == []


@pytest.fixture
async def running(
    wall: Service,
    database_url: str,
    nats_server: NatsServer,
    region: str,
    tokens: TokenFactory,
    tmp_path: Path,
) -> AsyncIterator[httpx.AsyncClient]:
    """The whole service: migrated on start, relay and consumer on a real nats-server."""
    client = await nats.connect(nats_server.url)
    await provision(client.jetstream(timeout=60), topology(region, [wall.consumer] if wall.consumer else []))
    await client.close()
    settings = ServiceSettings(
        region=region, database_url=database_url, nats_url=nats_server.url, mailbox_dir=tmp_path
    )
    app = wall.build(settings, keys=tokens.keys)
    base_url = "http://localhost:8000/api/wall/v1"
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url) as caller,
    ):
        yield caller


@pytest.fixture
def here(tokens: TokenFactory, region: str) -> TokenFactory:
    """Tokens of the region that `running` serves."""
    return TokenFactory(region=region, key=tokens.key)


async def test_one_trace_from_the_request_to_the_handler(
    running: httpx.AsyncClient, here: TokenFactory
) -> None:
    transport: Any = running._transport
    spans = InMemorySpanExporter()
    transport.app.state.service.tracing.add_span_processor(SimpleSpanProcessor(spans))
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = here.coordinator() | {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    await running.post("/thanks", json={"to_id": str(new_id())}, headers=headers)
    wanted = {"POST /api/wall/v1/thanks", "process fr.maillage.wall.thanks.given.v1"}
    deadline = time.monotonic() + 60
    names: set[str] = set()
    while not wanted <= names:
        assert time.monotonic() < deadline, f"only {names} belong to the caller's trace"
        await asyncio.sleep(0.05)
        mine = [span for span in spans.get_finished_spans() if format(span.context.trace_id, "032x") == trace]
        names = {span.name for span in mine}


async def test_through_the_stream(running: httpx.AsyncClient, here: TokenFactory) -> None:
    friend = new_id()
    for _ in range(3):
        answer = await running.post("/thanks", json={"to_id": str(friend)}, headers=here.coordinator())
        assert answer.status_code == 201
    deadline = time.monotonic() + 60
    while (await running.get(f"/tallies/{friend}")).json().get("received") != 3:
        assert time.monotonic() < deadline, "the service's own events have not come back to it"
        await asyncio.sleep(0.05)
    names = ["started", "not_draining", "database", "schema", "nats", "stream"]
    # An event may be back before the relay that gave it has noted so, and that nothing is in its way.
    while (ready := await running.get("/readyz")).json()["checks"] != dict.fromkeys(names, True):
        assert time.monotonic() < deadline, ready.text
        await asyncio.sleep(0.05)
    assert ready.status_code == 200, ready.text
    metrics = (await running.get("/metrics")).text
    assert "maillage_events_published_total" in metrics
