"""A house comes up though a stream or a consumer is half made, as a kill or a power cut leaves it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from maillage.events.streams import consumer_config
from maillage_embedded.broken import set_aside
from maillage_embedded.broker import Broker
from maillage_embedded.home import Home
from nats.js import JetStreamContext

LEFT = (("UNDESCRIBED", "meta.inf", None), ("UNSIGNED", "meta.sum", None), ("EMPTY", "meta.inf", b""))

START = Path(__file__).parents[2] / "nats" / "start.sh"
"""What does the same before nats-server starts in a container."""


async def nothing(_: Broker) -> None:
    """There is nothing to do when the bus is there."""


async def test_the_bus_starts_although_streams_cannot_be_recovered(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    broker = Broker(home, nothing)
    await broker.start()
    for each in ("WHOLE", "UNDESCRIBED", "UNSIGNED", "EMPTY"):
        await streams(broker, make=each)
    for each in ("whole", "half"):
        await consumers(broker, make=each)
    await broker.stop()
    for name, what, left in (*LEFT, ("WHOLE/obs/half", "meta.sum", None)):
        (description,) = home.nats.glob(f"store/jetstream/*/streams/{name}/{what}")
        description.unlink()
        if left is not None:
            description.write_bytes(left)
    broker = Broker(home, nothing)
    await broker.start()
    try:
        assert await streams(broker) == ["WHOLE"]
        assert await consumers(broker) == ["whole"]
        aside = sorted(each.name.partition("-")[0] for each in (home.nats / "set-aside").iterdir())
        assert aside == ["EMPTY", "UNDESCRIBED", "UNSIGNED", "WHOLE.half"]
        assert await streams(broker, make="EMPTY") == ["EMPTY", "WHOLE"]
        assert await consumers(broker, make="half") == ["half", "whole"]
    finally:
        await broker.stop()
    assert set_aside(home.nats) == []
    await broker.start()
    try:
        assert await consumers(broker) == ["half", "whole"], "what was made anew is there at the next start"
    finally:
        await broker.stop()


def test_a_container_of_the_bus_sets_aside_what_a_house_does(tmp_path: Path) -> None:
    streams = tmp_path / "house" / "store" / "jetstream" / "FR_PAC" / "streams"
    whole = [
        streams / "WHOLE",
        streams / "WHOLE/obs/whole",
        streams / "WHOLE/obs/half",
        streams / "WHOLE/obs/unsigned",
    ]
    for folder in (*whole, *(streams / name for name, *_ in LEFT)):
        folder.mkdir(parents=True)
        for name in ("meta.inf", "meta.sum"):
            (folder / name).write_text("{}", encoding="utf-8")
    for folder, what, left in (
        *LEFT,
        ("WHOLE/obs/half", "meta.inf", b""),
        ("WHOLE/obs/unsigned", "meta.sum", None),
    ):
        (streams / folder / what).unlink()
        if left is not None:
            (streams / folder / what).write_bytes(left)
    store = shutil.copytree(tmp_path / "house" / "store", tmp_path / "container")
    server = tmp_path / "bin" / "nats-server"
    server.parent.mkdir()
    server.write_text('#!/bin/sh\necho "started $*"\n', encoding="utf-8")
    server.chmod(0o755)
    told = {"PATH": f"{server.parent}:{os.environ['PATH']}", "NATS_STORE": str(store)}
    started = subprocess.run(
        ["sh", START, "-c", "its own.conf"], env=told, capture_output=True, text=True, check=True
    )
    assert started.stdout == "started -c its own.conf\n"
    moved = [each.name.rpartition("-")[0] for each in sorted((store / "set-aside").iterdir())]
    assert moved == sorted(set_aside(tmp_path / "house"))
    assert moved == ["EMPTY", "UNDESCRIBED", "UNSIGNED", "WHOLE.half", "WHOLE.unsigned"]
    assert sorted(each.name for each in store.glob("jetstream/*/streams/**/obs/*")) == ["whole"]


async def streams(broker: Broker, make: str | None = None) -> list[str]:
    """The streams that are there, after making one."""
    async with connected(broker) as jetstream:
        if make:
            await jetstream.add_stream(name=make, subjects=[f"dlq.{make}"])
        return sorted(str(each.config.name) for each in await jetstream.streams_info())


async def consumers(broker: Broker, make: str | None = None) -> list[str]:
    """The consumers of one stream, after making one."""
    async with connected(broker) as jetstream:
        if make:
            await jetstream.add_consumer("WHOLE", consumer_config(make, ["dlq.WHOLE"]))
        return sorted(each.name for each in await jetstream.consumers_info("WHOLE"))


@asynccontextmanager
async def connected(broker: Broker) -> AsyncIterator[JetStreamContext]:
    signed_in = {"user": "operator", "password": broker.password_of("operator")}
    client = await nats.connect(broker.url, inbox_prefix=b"_INBOX.operator", **signed_in)
    try:
        yield client.jetstream(timeout=60)
    finally:
        await client.close()
