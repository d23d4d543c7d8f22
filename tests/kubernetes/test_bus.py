"""The bus of deploy/kubernetes on this machine: its file, its passwords, and three servers that are one."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import nats
import pytest
from maillage.events.streams import StreamOptions, provision, topology
from maillage.testing.nats import NatsServer
from maillage.testing.processes import free_port
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import PubAck

from tests.kubernetes.built import ROOT, Cluster, build

T = TypeVar("T")


def test_the_bus_is_written_from_the_topology() -> None:
    done = subprocess.run(
        [sys.executable, "tools/kubernetes_nats.py", "--check"], cwd=ROOT, check=False, timeout=200
    )
    assert done.returncode == 0, "run: python tools/kubernetes_nats.py"


@contextmanager
def pods(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[NatsServer]]:
    """The pods' own file and environment, on this machine's ports; passwords that begin like numbers."""
    cluster = Cluster(build(ROOT / "deploy/kubernetes/base"))
    (config,) = [each for each in cluster.of("ConfigMap") if each["metadata"]["name"].startswith("nats")]
    environment = expanded(cluster.workloads["nats"].own_environment)
    assert environment["ROUTE_2"] == '"nats-route://cluster:12e-bus-cluster@nats-2.nats:6222"'
    ports = [free_port() for _ in range(3)]
    for name, value in environment.items():
        for number, port in enumerate(ports):
            value = value.replace(f"nats-{number}.nats:6222", f"127.0.0.1:{port}")
        monkeypatch.setenv(name, value)
    servers = [
        NatsServer(folder / f"nats-{number}", partial(here, config["data"]["nats.conf"], number, port))
        for number, port in enumerate(ports)
    ]
    try:
        yield servers
    finally:
        for server in servers:
            server.kill()


async def start(servers: list[NatsServer]) -> None:
    await asyncio.gather(*(asyncio.to_thread(server.start, 60) for server in servers))


@asynccontextmanager
async def operator(servers: list[NatsServer], patience: float = 60) -> AsyncIterator[JetStreamContext]:
    urls = [server.url for server in servers]
    bus = await nats.connect(
        urls, user="operator", password="12e-bus-operator", inbox_prefix="_INBOX.operator"
    )
    yield bus.jetstream(timeout=patience)
    await bus.close()


async def test_three_servers_with_the_pods_file_are_one_bus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody has to set aside what a kill left half made on them: not even where all three have it."""
    with pods(tmp_path, monkeypatch) as servers:
        await start(servers)
        assert await _enters(servers[0].url, "directory", "12e-bus-directory")
        assert not await _enters(servers[0].url, "directory", "12e-bus-events")
        async with operator(servers) as jetstream:
            await provision(jetstream, topology("fr-pac"), StreamOptions(replicas=3))
            info = await jetstream.stream_info("EVENTS_FR_PAC")
            assert info.config.num_replicas == 3
            assert info.cluster is not None
            assert len(info.cluster.replicas or []) == 2
            assert (await publish(jetstream, b"once")).seq == 1
        for server, halves in zip(servers, HALVES, strict=True):
            server.kill()
            leave_half_made(server, halves)
        await start(servers)
        async with operator(servers, patience=5) as jetstream:
            assert (await publish(jetstream, b"twice")).seq == 2
            assert (await jetstream.get_msg("EVENTS_FR_PAC", seq=1)).data == b"once"
            assert await once_led(lambda: jetstream.consumer_info("EVENTS_FR_PAC", "mentoring"))


async def once_led(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, once somebody leads the stream or the consumer: the servers are well a moment earlier.

    Who asks before that is given no answer at all.
    """
    async with asyncio.timeout(120):
        while True:
            with suppress(NatsError):
                return await ask()
            await asyncio.sleep(0.1)


async def publish(jetstream: JetStreamContext, body: bytes) -> PubAck:
    told = {"Nats-Msg-Id": body.decode()}
    return await once_led(lambda: jetstream.publish("fr-pac.an.event", body, headers=told))


HALVES = [("", "meta.inf", b""), ("", "meta.inf", None), ("obs/mentoring", "meta.sum", None)]


def leave_half_made(server: NatsServer, halves: tuple[str, str, bytes | None]) -> None:
    folder, name, left = halves
    (stream,) = server.folder.glob("data/jetstream/*/streams/EVENTS_FR_PAC")
    (stream / folder / name).unlink()
    if left is not None:
        (stream / folder / name).write_bytes(left)


def here(configuration: str, number: int, cluster_port: int, server: NatsServer) -> str:
    """The pod's file with this machine's places."""
    places = {
        "0.0.0.0:4222": f"127.0.0.1:{server.port}",
        "0.0.0.0:8222": "127.0.0.1:-1",
        "0.0.0.0:6222": f"127.0.0.1:{cluster_port}",
        "$POD_NAME": f"nats-{number}",
        '"/data"': f'"{server.folder}/data"',
        '"/tmp/nats.pid"': f'"{server.folder}/nats.pid"',
    }
    for there, place in places.items():
        assert there in configuration
        configuration = configuration.replace(there, place)
    return f'{configuration}ports_file_dir: "{server.folder}"\n'


def expanded(variables: dict[str, Any]) -> dict[str, str]:
    """The environment as the kubelet fills it in: `$(NAME)` is a variable that stands further up."""
    values: dict[str, str] = {}
    for name, variable in variables.items():
        source = variable.get("valueFrom", {})
        if "secretKeyRef" in source:
            values[name] = f"12e-{source['secretKeyRef']['key']}"
        elif "fieldRef" in source:
            values[name] = "nats-0"
        else:
            values[name] = re.sub(r"\$\((\w+)\)", lambda found: values[found[1]], variable["value"])
    return values


async def _enters(url: str, user: str, password: str) -> bool:
    async def silent(_: Exception) -> None: ...

    try:
        client = await nats.connect(
            url,
            user=user,
            password=password,
            allow_reconnect=False,
            max_reconnect_attempts=0,
            connect_timeout=60,  # a busy machine, not a refusal
            error_cb=silent,
        )
    except Exception:  # noqa: BLE001  (refused, in whatever words the client has for it)
        return False
    await client.close()
    return True
