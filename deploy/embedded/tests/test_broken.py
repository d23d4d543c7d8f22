"""A house comes up though a stream's folder is half made, as a kill or a power cut leaves it."""

from __future__ import annotations

from pathlib import Path

import nats
from maillage_embedded.broken import set_aside
from maillage_embedded.broker import Broker
from maillage_embedded.home import Home

LEFT = (("UNDESCRIBED", "meta.inf", None), ("UNSIGNED", "meta.sum", None), ("EMPTY", "meta.inf", b""))


async def nothing(_: Broker) -> None:
    """There is nothing to do when the bus is there."""


async def test_the_bus_starts_although_streams_cannot_be_recovered(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    broker = Broker(home, nothing)
    await broker.start()
    for each in ("WHOLE", "UNDESCRIBED", "UNSIGNED", "EMPTY"):
        await streams(broker, make=each)
    await broker.stop()
    for name, what, left in LEFT:
        (description,) = home.nats.glob(f"store/jetstream/*/streams/{name}/{what}")
        description.unlink()
        if left is not None:
            description.write_bytes(left)
    broker = Broker(home, nothing)
    await broker.start()
    try:
        assert await streams(broker) == ["WHOLE"]
        aside = sorted(each.name.partition("-")[0] for each in (home.nats / "set-aside").iterdir())
        assert aside == ["EMPTY", "UNDESCRIBED", "UNSIGNED"]
        assert await streams(broker, make="EMPTY") == ["EMPTY", "WHOLE"]
    finally:
        await broker.stop()
    assert set_aside(home.nats) == []


async def streams(broker: Broker, make: str | None = None) -> list[str]:
    """The streams that are there, after making one."""
    signed_in = {"user": "operator", "password": broker.password_of("operator")}
    client = await nats.connect(broker.url, inbox_prefix=b"_INBOX.operator", **signed_in)
    try:
        jetstream = client.jetstream(timeout=60)
        if make:
            await jetstream.add_stream(name=make, subjects=[f"dlq.{make}"])
        return sorted(str(each.config.name) for each in await jetstream.streams_info())
    finally:
        await client.close()
