"""The bus was killed as it made a stream and a consumer: it starts again, without what is half made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from maillage.events.streams import consumer_config

from tests.containers.alone import Compose, bus_alone

ALONE = """\
services:
  nats:
    command: [-c, /etc/alone.conf]
    volumes: ["./alone.conf:/etc/alone.conf:ro"]
    networks: [outside]
    ports: ["127.0.0.1::4222"]
  disk:
    image: ${MAILLAGE_REGISTRY:-}${NATS_IMAGE:-nats:2.15-alpine}
    entrypoint: [chown, "10001:10001", /bus]
    network_mode: none
    volumes: ["nats:/bus"]
networks: { outside: {} }
"""
"""The bus as it is, but alone, on a volume that is its own as that of the composition is."""

HALVES = """
cd /bus/store/jetstream/*/streams
rm HALF/meta.inf WHOLE/obs/half/meta.sum
: > EMPTY/meta.inf
"""
"""What a kill leaves between two files of a folder, and a power cut of one that was not synced."""


@pytest.fixture
def compose(checkout: Path, tmp_path: Path) -> Iterator[Compose]:
    call = bus_alone(checkout, tmp_path, "maillage-half", ALONE)
    try:
        call("run", "--rm", "disk")
        start(call)
        yield call
    finally:
        call("down", "--volumes", "--timeout", "1")


def start(compose: Compose) -> None:
    compose("up", "--detach", "--wait", "--wait-timeout", "60", "--no-deps", "nats")


async def have(compose: Compose, *streams: str) -> list[str]:
    """The streams and consumers that are there, after making these streams, each with two consumers."""
    address = compose("port", "nats", "4222").strip()
    client = await nats.connect(f"nats://{address}", connect_timeout=5, allow_reconnect=False)
    try:
        jetstream = client.jetstream(timeout=20)
        for name in streams:
            await jetstream.add_stream(name=name, subjects=[f"{name}.>"])
            for consumer in ("half", "whole"):
                await jetstream.add_consumer(name, consumer_config(consumer, [f"{name}.>"]))
        found = [str(each.config.name) for each in await jetstream.streams_info()]
        consumers = [(each, one.name) for each in found for one in await jetstream.consumers_info(each)]
        return sorted([*found, *(f"{stream}.{consumer}" for stream, consumer in consumers)])
    finally:
        await client.close()


def test_a_bus_that_was_killed_as_it_made_a_stream_starts_again(compose: Compose) -> None:
    made = asyncio.run(have(compose, "WHOLE", "HALF", "EMPTY"))
    compose("exec", "-T", "nats", "sh", "-euc", HALVES)
    compose("kill", "nats")
    start(compose)
    assert asyncio.run(have(compose)) == ["WHOLE", "WHOLE.whole"]
    aside = compose("exec", "-T", "nats", "ls", "/bus/store/set-aside").split()
    assert [each.partition("-")[0] for each in aside] == ["EMPTY", "HALF", "WHOLE.half"]
    assert "half made, and set aside" in compose("logs", "nats")
    assert asyncio.run(have(compose, "WHOLE", "HALF", "EMPTY")) == made
