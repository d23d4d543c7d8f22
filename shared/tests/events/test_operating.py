"""What an operator does: provision, look at the dead letters, read the metrics, follow a trace."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from maillage.cli import build
from maillage.events import Context, Permanent, deadletters, metrics
from maillage.events.streams import StreamOptions, Topology, events_stream, provision, topology
from maillage.testing.nats import NatsServer
from nats.js.api import ConsumerConfig
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from typer.testing import CliRunner

from . import site
from .site import Made


async def test_provisioning_twice_changes_nothing_and_mends_what_drifted(
    nats_server: NatsServer, region: str
) -> None:
    wanted = topology(region, [site.watcher()])
    async with site.jetstream(nats_server.url) as js:
        first = await provision(js, wanted)
        assert f"flux {events_stream(region)} : créé" in first
        before = (await js.stream_info(events_stream(region))).config
        await js.add_consumer(
            events_stream(region), ConsumerConfig(name="watcher", durable_name="watcher", ack_wait=1)
        )
        again = await provision(js, wanted, StreamOptions())
        assert all("à jour" in line for line in again)
        assert (await js.stream_info(events_stream(region))).config == before
        durable = (await js.consumer_info(events_stream(region), "watcher")).config
        assert (durable.ack_wait, durable.max_deliver) == (30, -1)
        assert durable.filter_subjects == [f"{region}.maker.thing.made.v1.*"]
        assert before.allow_atomic


async def test_a_repair_that_cannot_have_a_database_says_so(
    nats_server: NatsServer, region: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAILLAGE_NATS_URL", nats_server.url)
    monkeypatch.setenv("MAILLAGE_REGION", region)
    await site.provisioned(nats_server.url, region, site.watcher())
    nowhere = f"maker=sqlite:///{tmp_path}/nowhere/maker.db"
    done = await asyncio.to_thread(CliRunner().invoke, build(), ["stream", "repair", "--database", nowhere])
    assert done.exit_code == 1
    assert "Une base ne répond pas" in done.output
    assert "relancez" in done.output


def test_a_topology_survives_its_file(tmp_path: Path) -> None:
    wanted = topology("fr-occ", [site.watcher(), site.watcher(name="other")])
    path = tmp_path / "topology.json"
    path.write_text(wanted.to_json(), encoding="utf-8")
    assert Topology.from_file(path) == wanted
    path.write_text('{"region": "fr-occ"}', encoding="utf-8")
    with pytest.raises(ValueError, match="not a topology"):
        Topology.from_file(path)


async def test_the_commands_show_replay_and_discard_dead_letters(
    database_url: str, own_nats_server: NatsServer, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(event: Made, ctx: Context) -> None:
        raise Permanent("broken")

    consumer = site.watcher(refuse)
    monkeypatch.setenv("MAILLAGE_NATS_URL", own_nats_server.url)
    monkeypatch.setenv("MAILLAGE_REGION", region)
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", database_url)
    await site.provisioned(own_nats_server.url, region, consumer)
    async with site.database(database_url) as db:
        async with site.running("maker", db, region, own_nats_server.url, consumer):
            await site.make(db, 1, 2)
            await site.eventually(lambda: letters(own_nats_server), 2)
            await site.eventually(metrics.DLQ_SIZE.labels("watcher")._value.get, 2)
            await site.eventually(metrics.CONSUMER_LAG.labels("watcher")._value.get, 0)
            await site.eventually(metrics.OUTBOX_AGE.labels("maker")._value.get, 0)
            await site.eventually(lambda: site.unpublished(db), 0)  # the gauge may be an earlier test's
        listed = await command("dlq", "list", "--consumer", "watcher")
        assert [line.split("\t")[2:] for line in listed.splitlines()[:2]] == [
            ["watcher", "fr.maillage.maker.thing.made.v1", "Permanent: broken"]
        ] * 2
        shown = json.loads(await command("dlq", "show", "1"))
        assert json.loads(shown["data"])["number"] == 1
        assert "1 remis dans le flux" in await command("dlq", "replay", "1")
        assert "2 effacé" in await command("dlq", "discard", "--all")
        assert "n'est pas en quarantaine" in await command("dlq", "discard", "2", status=1)
        assert "maker" not in await command("dlq", "list")
        assert "2 intacts, 0 replacés, 0 republiés" in await command("stream", "repair")
        assert "à jour" in await command("provision")


async def test_one_trace_goes_from_the_request_to_the_handler(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, consumer, tracer=tracer),
    ):
        with tracer.start_as_current_span("request") as request:
            await site.make(db, 1)
        await site.eventually(lambda: site.seen(db), [1])
        asked = request.get_span_context()
        await site.eventually(lambda: len(spans(exporter, "process fr.maillage.maker.thing.made.v1")), 1)
    (handled,) = spans(exporter, "process fr.maillage.maker.thing.made.v1")
    assert handled.context.trace_id == asked.trace_id
    assert handled.parent is not None
    assert handled.parent.span_id == asked.span_id
    linked = [link.context.span_id for span in spans(exporter, "publish events") for link in span.links]
    assert asked.span_id in linked
    assert handled.kind is trace.SpanKind.CONSUMER


def spans(exporter: InMemorySpanExporter, name: str) -> list[object]:
    return [span for span in exporter.get_finished_spans() if span.name == name]


async def letters(server: NatsServer) -> int:
    async with site.jetstream(server.url) as js:
        return await deadletters.size(js, "watcher")


async def command(*words: str, status: int = 0) -> str:
    """Run `maillage …` in a thread, which gives it an event loop of its own; all it said."""
    result = await asyncio.to_thread(CliRunner().invoke, build(), list(words))
    assert result.exit_code == status, result.output
    return result.output
