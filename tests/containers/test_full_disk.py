"""The bus's disk is full to the last byte, and then it is not: events flow again without anybody's help."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from nats.errors import Error as NatsError

from tests.containers.alone import Compose, bus_alone
from tests.journeys.house import eventually

SMALL = """\
services:
  nats:
    command: [-c, /etc/alone.conf]
    volumes: ["./alone.conf:/etc/alone.conf:ro"]
    networks: [outside]
    ports: ["127.0.0.1::4222"]
  disk:
    image: ${MAILLAGE_REGISTRY:-}${POSTGRES_IMAGE:-postgres:17}
    entrypoint: [sleep, infinity]
    init: true
    network_mode: none
    volumes: ["nats:/disk"]
networks: { outside: {} }
volumes:
  nats: { driver_opts: { type: tmpfs, device: tmpfs, o: "size=60m,mode=0755,uid=10001,gid=10001" } }
"""
"""The bus as it is, but alone and on a small disk, which a container of its own keeps while it restarts."""


@pytest.fixture
def compose(checkout: Path, tmp_path: Path) -> Iterator[Compose]:
    call = bus_alone(checkout, tmp_path, "maillage-disk", SMALL)
    try:
        for name in ("disk", "nats"):
            call("up", "--detach", "--wait", "--no-deps", name)
        yield call
    finally:
        call("down", "--volumes", "--timeout", "1")


async def publish(address: str, size: int) -> None:
    client = await nats.connect(f"nats://{address}", connect_timeout=5, allow_reconnect=False)
    try:
        jetstream = client.jetstream(timeout=5)
        await jetstream.add_stream(name="EVENTS", subjects=["events.>"])
        await jetstream.publish("events.x", b"x" * size)
    finally:
        await client.close()


def taken(compose: Compose, size: int) -> bool:
    """Whether the bus takes an event of so many bytes."""
    try:
        asyncio.run(publish(compose("port", "nats", "4222").strip(), size))
    except (NatsError, OSError, AssertionError):
        return False
    return True


def test_a_bus_that_met_a_full_disk_takes_events_again_once_there_is_room(compose: Compose) -> None:
    eventually(lambda: taken(compose, 10), "the bus takes an event")
    compose("exec", "-T", "disk", "sh", "-c", "cat /dev/zero > /disk/filling 2>/dev/null || true")
    assert not taken(compose, 500_000)
    compose("exec", "-T", "disk", "rm", "/disk/filling")
    eventually(lambda: taken(compose, 500_000), "it takes events again", patience=180)
