"""What the dead letters must not lose: what is too large to copy, and what takes another's place."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from maillage.events import deadletters
from maillage.events.deadletters import DeadLetter
from maillage.events.envelope import MSG_ID
from maillage.events.streams import MAX_MESSAGE_BYTES, events_stream
from maillage.ids import new_id
from maillage.testing.nats import NatsServer
from nats.js import JetStreamContext

from . import site

SUBJECT = "maker.thing.made.v1"


async def letters(server: NatsServer) -> list[DeadLetter]:
    async with site.jetstream(server.url) as js:
        return [letter async for letter in deadletters.letters(js, "watcher")]


async def count(server: NatsServer) -> int:
    return len(await letters(server))


@asynccontextmanager
async def watching(server: NatsServer, region: str, folder: Path) -> AsyncIterator[JetStreamContext]:
    """A consumer at work on a database of its own, and the bus as an operator has it."""
    consumer = site.watcher()
    async with (
        site.database(f"sqlite:///{folder / 'watcher.db'}") as db,
        site.running("maker", db, region, server.url, consumer),
        site.jetstream(server.url) as js,
    ):
        yield js


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[NatsServer]:
    """A server whose store one may take apart."""
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.stop()


async def test_what_is_too_large_to_copy_is_quarantined_and_can_be_replayed(
    bus: NatsServer, region: str, tmp_path: Path
) -> None:
    await site.provisioned(bus.url, region, site.watcher())
    body = b"x" * (MAX_MESSAGE_BYTES - 200)  # the largest a stream takes, beside its headers
    async with watching(bus, region, tmp_path) as js:
        await js.publish(f"{region}.{SUBJECT}.1", body, headers={"ce-id": str(new_id())})
        await site.eventually(lambda: count(bus), 1)
        (letter,) = await letters(bus)
        assert letter.without_body
        assert letter.data == b""
        assert "headers missing" in letter.reason
        place = await deadletters.replay(js, letter.number)
        assert (await js.get_msg(events_stream(region), seq=place)).data == body


async def test_another_message_at_the_place_of_a_lost_one_is_quarantined_too(
    bus: NatsServer, region: str, tmp_path: Path
) -> None:
    await site.provisioned(bus.url, region, site.watcher())
    async with watching(bus, region, tmp_path) as js:
        await js.publish(f"{region}.{SUBJECT}.1", b"first", headers={MSG_ID: str(new_id())})
        await site.eventually(lambda: count(bus), 1)
    bus.stop()
    streams = bus.folder / "store" / "jetstream" / "$G" / "streams"
    shutil.rmtree(streams / events_stream(region))  # the dead letters stay
    bus.start()
    await site.provisioned(bus.url, region, site.watcher())
    async with watching(bus, region, tmp_path) as js:
        await js.publish(f"{region}.{SUBJECT}.1", b"second", headers={MSG_ID: str(new_id())})
        await site.eventually(lambda: count(bus), 2)
    assert [(each.stream_sequence, each.data) for each in await letters(bus)] == [
        (1, b"first"),
        (1, b"second"),
    ]
