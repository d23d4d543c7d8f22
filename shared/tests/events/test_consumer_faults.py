"""What may go wrong between the stream and a handler's committed effect."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from uuid import UUID

import pytest
from maillage import clock
from maillage.events import Context, Permanent, deadletters
from maillage.events.deadletters import DeadLetter
from maillage.events.streams import events_stream
from maillage.ids import new_id
from maillage.testing.nats import NatsServer

from . import site
from .site import Made


async def test_a_handler_that_fails_is_undone_and_tried_again_after_delays(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    calls: Counter[int] = Counter()

    async def fail_twice_on_two(event: Made, ctx: Context) -> None:
        calls[event.number] += 1
        await ctx.session.execute(site.SEEN.insert().values(number=event.number, how="attempted"))
        if event.number == 2 and calls[2] <= 2:
            raise RuntimeError("not yet")

    consumer = site.watcher(fail_twice_on_two)
    await site.provisioned(nats_server.url, region, consumer)
    async with site.database(database_url) as db:
        await site.make(db, 1, 2, 3)
        await site.published(db, region, nats_server.url)
        async with site.running("maker", db, region, nats_server.url, consumer):
            await site.eventually(lambda: site.seen(db), [1, 3, 2])
            assert await site.seen(db, "attempted") == [1, 3, 2]
            assert await site.seen(db, "reacted") == [1, 3, 2]
            assert calls == {1: 1, 2: 3, 3: 1}
            assert await dead(nats_server, "watcher", region) == []


async def test_a_poisonous_event_is_quarantined_and_holds_up_nobody(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    calls: Counter[int] = Counter()

    async def choke_on_two(event: Made, ctx: Context) -> None:
        calls[event.number] += 1
        if event.number == 2:
            raise ValueError("Camille Roux lives here")

    consumer = site.watcher(choke_on_two)
    await site.provisioned(nats_server.url, region, consumer)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, consumer),
    ):
        await site.make(db, 1, 2, 3)
        await site.eventually(lambda: site.seen(db), [1, 3])
        await site.eventually(lambda: number_dead(nats_server, region), 1)
        (letter,) = await dead(nats_server, "watcher", region)
        await asyncio.sleep(0.3)
        assert calls[2] == 3  # once and two delayed tries, no more
    assert letter.reason.startswith("ValueError at test_consumer_faults.py:")
    assert "Camille" not in letter.reason
    assert letter.event_type == "fr.maillage.maker.thing.made.v1"
    assert json.loads(letter.data)["number"] == 2


async def test_a_permanent_failure_is_not_tried_again(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    calls: Counter[int] = Counter()

    async def refuse(event: Made, ctx: Context) -> None:
        calls[event.number] += 1
        raise Permanent("the thing belongs to nobody")

    consumer = site.watcher(refuse)
    await site.provisioned(nats_server.url, region, consumer)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, consumer),
    ):
        await site.make(db, 1)
        await site.eventually(lambda: number_dead(nats_server, region), 1)
        (letter,) = await dead(nats_server, "watcher", region)
    assert letter.reason == "Permanent: the thing belongs to nobody"
    assert calls[1] == 1


async def test_malformed_messages_are_quarantined_with_the_reason(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    good = f'{{"thing_id": "{new_id()}", "number": 9}}'.encode()
    async with site.jetstream(nats_server.url) as js:
        subject = f"{region}.maker.thing.made.v1.x"
        await js.publish(subject, b"no headers")
        await js.publish(subject, b"{not json", headers=headers())
        await js.publish(subject, b'{"thing_id": "x", "number": 1}', headers=headers())
        await js.publish(subject, good, headers=headers() | {"ce-time": "yesterday"})
        await js.publish(subject, good, headers=headers() | {"ce-time": "0001-01-01T00:00:00+14:00"})
        await js.publish(subject, good, headers=headers() | {"ce-id": "1"})
        await js.publish(subject, good, headers=headers() | {"ce-sequence": "first"})
        await js.publish(subject, good, headers=headers())
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, consumer),
    ):
        await site.eventually(lambda: site.seen(db), [9])
        await site.eventually(lambda: number_dead(nats_server, region), 7)
        reasons = [letter.reason for letter in await dead(nats_server, "watcher", region)]
    assert reasons[0].startswith("Malformed: headers missing: ce-specversion")
    assert reasons[1].startswith("Undecodable: Made cannot read fr.maillage.maker.thing.made.v1: body")
    assert reasons[2].endswith("thing_id: uuid_parsing")
    assert reasons[3:] == [
        "Malformed: ce-time is not an RFC 3339 time",
        "Malformed: ce-time is out of range",
        "Malformed: ce-id is not a UUID",
        "Malformed: ce-sequence is not an integer",
    ]


async def test_the_same_event_twice_has_one_effect(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    body = f'{{"thing_id": "{new_id()}", "number": 5}}'.encode()
    async with (
        site.database(database_url) as db,
        site.jetstream(nats_server.url) as js,
        site.running("maker", db, region, nats_server.url, consumer),
    ):
        for _ in range(3):  # the server's window does not know them: no Nats-Msg-Id
            await js.publish(f"{region}.maker.thing.made.v1.x", body, headers=headers(event_id=UUID(int=7)))
        await js.publish(f"{region}.maker.thing.made.v1.x", body, headers=headers())
        await site.eventually(lambda: site.seen(db), [5, 5])
        assert await site.seen(db, "reacted") == [5, 5]


async def test_a_late_event_is_told_apart_by_its_sequence(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    newest: dict[UUID, int] = {}

    async def keep_the_newest(event: Made, ctx: Context) -> None:
        assert ctx.sequence is not None
        if ctx.sequence < newest.get(event.thing_id, 0):
            raise Permanent("older than what is known")
        newest[event.thing_id] = ctx.sequence

    consumer = site.watcher(keep_the_newest)
    await site.provisioned(nats_server.url, region, consumer)
    thing = new_id()
    async with (
        site.database(database_url) as db,
        site.jetstream(nats_server.url) as js,
        site.running("maker", db, region, nats_server.url, consumer),
    ):
        for version in (2, 1, 3):
            body = f'{{"thing_id": "{thing}", "number": {version}}}'.encode()
            more = {"ce-sequence": str(version)}
            await js.publish(f"{region}.maker.thing.made.v1.{thing}", body, headers=headers() | more)
        await site.eventually(lambda: site.seen(db), [2, 3])
        await site.eventually(lambda: number_dead(nats_server, region), 1)


async def test_dead_letters_are_replayed_to_the_consumer_that_failed(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    broken = True

    async def fail_while_broken(event: Made, ctx: Context) -> None:
        if broken:
            raise Permanent("broken")

    consumer, other = site.watcher(fail_while_broken), site.watcher(name="other")
    await site.provisioned(nats_server.url, region, consumer, other)
    async with (
        site.database(database_url) as db,
        site.jetstream(nats_server.url) as js,
        site.running("maker", db, region, nats_server.url, consumer),
        site.running("other", db, region, nats_server.url, other),
    ):
        await site.make(db, 1, 2)
        await site.eventually(lambda: number_dead(nats_server, region), 2)
        await site.eventually(lambda: site.seen(db), [1, 2])  # by the other
        broken = False
        first, second = await dead(nats_server, "watcher", region)
        await deadletters.replay(js, first.number)
        await site.eventually(lambda: site.seen(db), [1, 2, 1])
        await deadletters.discard(js, second.number)
        assert await dead(nats_server, "watcher", region) == []
        await asyncio.sleep(0.3)
        assert await site.seen(db) == [1, 2, 1]


async def test_a_process_that_dies_of_an_event_does_not_die_of_it_for_ever(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    entered = asyncio.Event()

    async def hang_on_two(event: Made, ctx: Context) -> None:
        if event.number == 2:
            entered.set()
            await asyncio.Event().wait()

    consumer = site.watcher(hang_on_two)
    await site.provisioned(nats_server.url, region, consumer)
    async with site.database(database_url) as db:
        await site.make(db, 1, 2, 3)
        await site.published(db, region, nats_server.url)
        for _ in range(4):  # once in a batch, then alone until the limit
            entered.clear()
            async with site.running("maker", db, region, nats_server.url, consumer, grace=0.1):
                async with asyncio.timeout(120):  # what died in somebody's hands may come late
                    await entered.wait()
        async with site.running("maker", db, region, nats_server.url, consumer):
            await site.eventually(lambda: site.seen(db), [1, 3])
            await site.eventually(lambda: number_dead(nats_server, region), 1)
            (letter,) = await dead(nats_server, "watcher", region)
    assert "the process died 3 times" in letter.reason


async def test_a_lost_database_is_rebuilt_without_reacting_again(
    database_url: str, nats_server: NatsServer, region: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fresh_url = f"sqlite:///{tmp_path_factory.mktemp('fresh') / 'fresh.db'}"
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    async with site.database(database_url) as maker, site.database(fresh_url) as fresh:
        async with site.running("maker", maker, region, nats_server.url, consumer):
            await site.make(maker, 1, 2, 3)
            await site.eventually(lambda: site.seen(maker, "reacted"), [1, 2, 3])
            await site.eventually(lambda: site.unanswered(nats_server.url, region), 0)
        await site.make(maker, 4)
        # 4 goes into the stream while nobody consumes: no reaction to it has been had.
        async with (
            site.running("maker", maker, region, nats_server.url),
            site.running("watcher", fresh, region, nats_server.url, consumer),
        ):
            await site.eventually(lambda: site.seen(fresh), [1, 2, 3, 4])
            await site.eventually(lambda: site.seen(fresh, "reacted"), [4])
            await site.make(maker, 5)
            await site.eventually(lambda: site.seen(fresh), [1, 2, 3, 4, 5])
            await site.eventually(lambda: site.seen(fresh, "reacted"), [4, 5])


async def test_a_stalled_subscription_is_made_anew(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, consumer, stalled_after=0.5) as runtime,
    ):
        await site.make(db, 1)
        await site.eventually(lambda: site.seen(db), [1])
        (reception,) = runtime.receptions
        for task in reception._subscriber.tasks:
            task.cancel()  # what nats.py #504 looks like from outside: nothing asks for messages any more
        await site.make(db, 2)
        await site.eventually(lambda: site.seen(db), [1, 2])


async def test_a_durable_that_is_not_provisioned_is_waited_for(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, consumer) as runtime,
    ):
        await site.make(db, 1)
        await site.eventually(lambda: any("maillage provision" in each for each in runtime.problems()))
        async with site.jetstream(nats_server.url) as js:
            assert await js.consumers_info(events_stream(region)) == []
        await site.provisioned(nats_server.url, region, consumer)
        await site.eventually(lambda: site.seen(db), [1])
        await site.eventually(runtime.problems, [])


def headers(event_id: UUID | None = None) -> dict[str, str]:
    return {
        "ce-specversion": "1.0",
        "ce-id": str(event_id or new_id()),
        "ce-type": "fr.maillage.maker.thing.made.v1",
        "ce-source": "/elsewhere",
        "ce-time": clock.now().isoformat(),
    }


async def dead(server: NatsServer, consumer: str, region: str) -> list[DeadLetter]:
    """In the order of their events: one that could not be stored in time comes behind the next."""
    async with site.jetstream(server.url) as js:
        found = [letter async for letter in deadletters.letters(js, consumer)]
    own = [letter for letter in found if letter.stream == events_stream(region)]
    return sorted(own, key=lambda letter: letter.stream_sequence)


async def number_dead(server: NatsServer, region: str) -> int:
    return len(await dead(server, "watcher", region))
