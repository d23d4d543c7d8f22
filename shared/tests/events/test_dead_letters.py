"""What the dead letters must not lose: what is too large to copy, and what takes another's place."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from maillage.events import Context, Permanent, deadletters
from maillage.events.deadletters import DeadLetter
from maillage.events.envelope import MSG_ID
from maillage.events.names import DLQ
from maillage.events.repair import Journal, repair
from maillage.events.streams import MAX_MESSAGE_BYTES, events_stream
from maillage.ids import new_id
from maillage.testing.nats import NatsServer
from nats.js import JetStreamContext

from . import site
from .site import Made

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


async def test_what_was_thrown_away_does_not_come_back_with_a_repair(
    bus: NatsServer, region: str, tmp_path: Path
) -> None:
    """Two events fail, one letter is thrown away; then the stream is lost, the dead letters are not."""
    consumer = site.watcher(refuse)
    await site.provisioned(bus.url, region, consumer)
    async with (
        site.database(f"sqlite:///{tmp_path / 'maker.db'}") as db,
        site.jetstream(bus.url) as js,
    ):
        async with site.running("maker", db, region, bus.url, consumer):
            thrown, kept = await site.make(db, 1, 2)
            await site.eventually(lambda: count(bus), 2)
            await site.eventually(lambda: site.unpublished(db), 0)
        (first,) = [each for each in await letters(bus) if str(thrown) in each.subject]
        await deadletters.discard(js, first.number)
        await js.delete_stream(events_stream(region))
        await site.provisioned(bus.url, region, consumer)
        await repair(js._nc, js, region, [Journal("maker", db)])
        async with site.running("maker", db, region, bus.url, consumer):
            await site.eventually(lambda: site.unanswered(bus.url, region), 0)
        left = await letters(bus)
        assert {each.subject.rpartition(".")[2] for each in left} == {str(kept)}
        assert await deadletters.size(js) == len(left)  # what is remembered is no letter


async def test_what_is_replayed_may_stand_there_again_though_a_letter_of_it_was_thrown_away(
    bus: NatsServer, region: str, tmp_path: Path
) -> None:
    await site.provisioned(bus.url, region, site.watcher())
    async with watching(bus, region, tmp_path) as js:
        for _ in range(2):
            await js.publish(f"{region}.{SUBJECT}.1", b"no event")
        await site.eventually(lambda: count(bus), 2)
        first, second = await letters(bus)
        await deadletters.discard(js, first.number)
        await deadletters.replay(js, second.number)
        await site.eventually(lambda: numbers(bus), [second.number + 2])  # after the note on the first


async def test_no_more_is_remembered_of_each_consumer_than_the_newest_letters_thrown_away(
    bus: NatsServer, region: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three letters are thrown away and two of them remembered; then the stream is lost."""
    monkeypatch.setattr(deadletters, "REMEMBERED", 2)
    consumer = site.watcher(refuse)
    await site.provisioned(bus.url, region, consumer)
    async with (
        site.database(f"sqlite:///{tmp_path / 'maker.db'}") as db,
        site.jetstream(bus.url) as js,
    ):
        await js.publish("thrown.another.consumer", stream=DLQ)
        async with site.running("maker", db, region, bus.url, consumer):
            oldest, *_ = await site.make(db, 1, 2, 3)
            await site.eventually(lambda: count(bus), 3)
            await site.eventually(lambda: site.unpublished(db), 0)
        for letter in await letters(bus):
            await deadletters.discard(js, letter.number)
        kept = (await js.stream_info(DLQ, subjects_filter="thrown.>")).state.subjects or {}
        assert sorted(each.split(".")[1] for each in kept) == ["another", "watcher", "watcher"]
        await js.delete_stream(events_stream(region))
        await site.provisioned(bus.url, region, consumer)
        await repair(js._nc, js, region, [Journal("maker", db)])
        async with site.running("maker", db, region, bus.url, consumer):
            await site.eventually(lambda: site.unanswered(bus.url, region), 0)
        assert [each.subject.rpartition(".")[2] for each in await letters(bus)] == [str(oldest)]


async def test_dead_letters_that_are_lost_come_again_with_the_streams(
    bus: NatsServer, region: str, tmp_path: Path
) -> None:
    """Of two events one could not be handled; nothing but its letter says so, and all letters are lost."""

    async def refuse_two(event: Made, _ctx: Context) -> None:
        if event.number == 2:
            raise Permanent("of no use")

    consumer = site.watcher(refuse_two)
    await site.provisioned(bus.url, region, consumer)
    async with (
        site.database(f"sqlite:///{tmp_path / 'maker.db'}") as db,
        site.running("maker", db, region, bus.url, consumer) as runtime,
        site.jetstream(bus.url) as js,
    ):
        _, unfit = await site.make(db, 1, 2)
        await site.eventually(lambda: count(bus), 1)
        (before,) = await letters(bus)
        await js.delete_stream(DLQ)
        await site.eventually(runtime.calls_for_operator, ["DLQ is missing: run `maillage provision`"])
        await site.provisioned(bus.url, region, consumer)
        await site.eventually(lambda: count(bus), 1)
        (after,) = await letters(bus)
        assert after.subject.rpartition(".")[2] == str(unfit)
        assert (after.subject, after.reason, after.data) == (before.subject, before.reason, before.data)
        await site.eventually(runtime.problems, [])
        assert await site.seen(db) == [1], "what was handled is not done again"
        await site.provisioned(bus.url, region, consumer)
        info = await js.consumer_info(events_stream(region), "watcher")
        assert info.ack_floor
        assert info.ack_floor.stream_seq, "it reads nothing again while the letters are there"


async def numbers(server: NatsServer) -> list[int]:
    return [each.number for each in await letters(server)]


async def refuse(_event: Made, _ctx: Context) -> None:
    raise Permanent("of no use")
