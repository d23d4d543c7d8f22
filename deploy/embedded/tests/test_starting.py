"""A house whose nats-server ends while it starts, or stays but takes nothing more: it is started again."""

import asyncio
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from maillage.events.streams import events_stream
from maillage_embedded import children, missing, up
from maillage_embedded.broker import Broker
from maillage_embedded.heal import heal_stream
from maillage_embedded.home import Home
from maillage_embedded.plan import Plan
from maillage_embedded.progress import Progress
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext


async def test_a_bus_that_is_killed_as_it_starts_and_as_it_is_healed_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both times the one who asks it something is left without an answer."""
    provisioned, healed = 0, 0

    def kill(broker: Broker) -> None:
        assert broker.child.process is not None
        os.kill(broker.child.process.pid, signal.SIGKILL)

    async def provision(broker: Broker) -> None:
        nonlocal provisioned
        provisioned += 1
        if provisioned == 1:
            kill(broker)
        await up_provision(broker)

    async def heal(client: Client, region: str, home: Home, progress: Progress) -> int:
        nonlocal healed
        healed += 1
        if healed == 1:
            kill(brokers[0])
            await client.jetstream(timeout=1).account_info()
        return await heal_stream(client, region, home, progress)

    class Known(Broker):
        def __init__(self, *given: object, **named: object) -> None:
            super().__init__(*given, **named)  # type: ignore[arg-type]
            brokers.append(self)

    brokers: list[Broker] = []
    up_provision = up.provision_streams
    for name, value in (("provision_streams", provision), ("heal_stream", heal), ("Broker", Known)):
        monkeypatch.setattr(up, name, value)
    home = Home(tmp_path / "data")
    home.prepare()
    async with (
        up.nats_server(Plan(home, "127.0.0.1", 0), Progress()) as broker,
        up.connected(broker) as client,
    ):
        assert (await client.jetstream(timeout=60).account_info()).streams > 0
    assert provisioned >= 3  # as it was started, and after each of its ends; more where it is slow
    assert healed >= 2


async def test_a_bus_that_met_a_full_disk_takes_events_again_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself it refuses whatever comes after such a write, and calls itself ready all the while."""
    monkeypatch.setattr(children, "UNWELL_EVERY", 0.1)
    home = Home(tmp_path / "data")
    home.prepare()
    async with up.nats_server(Plan(home, "127.0.0.1", 0), Progress()) as broker:
        full = broker.child.process
        assert full is not None
        _, hard = resource.prlimit(full.pid, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        with pytest.raises(TimeoutError):
            await publish(broker, patience=0.3)
        async with asyncio.timeout(60):  # it may come to that write late
            while broker.child.process is full and await broker._unwell() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        with suppress(ProcessLookupError):  # it is being started again already
            resource.prlimit(full.pid, resource.RLIMIT_FSIZE, (hard, hard))
        for _ in range(100):
            with suppress(NatsError, OSError):  # until it is there again
                await publish(broker, patience=10)
                break
            await asyncio.sleep(0.2)
        assert broker.child.process is not full
        await publish(broker, patience=30)


@pytest.mark.parametrize("consumer", ["", "mentoring"])
async def test_what_is_deleted_by_hand_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, consumer: str
) -> None:
    monkeypatch.setattr(children, "UNWELL_EVERY", 0.1)
    monkeypatch.setattr(missing, "EVERY", 0.0)
    home = Home(tmp_path / "data")
    home.prepare()
    async with (
        up.nats_server(Plan(home, "127.0.0.1", 0), Progress()) as broker,
        up.connected(broker) as client,
    ):
        assert await broker._unwell() is None
        jetstream, stream = client.jetstream(timeout=60), events_stream(broker.region)
        if consumer:
            await jetstream.delete_consumer(stream, consumer)
        else:
            await jetstream.delete_stream(stream)
        async with asyncio.timeout(60):
            while not await is_there(jetstream, stream):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            while await broker._unwell():  # noqa: ASYNC110
                await asyncio.sleep(0.1)


async def is_there(jetstream: JetStreamContext, stream: str) -> bool:
    with suppress(NatsError, OSError):  # gone, or on its way back
        return bool(await jetstream.consumer_info(stream, "mentoring"))
    return False


async def publish(broker: Broker, patience: float) -> None:
    subject = f"{broker.region}.directory.cpts.founded.v1.x"
    async with up.connected(broker) as client:
        await client.jetstream(timeout=patience).publish(subject, b"x" * 5000)
