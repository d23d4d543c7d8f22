"""A service that learns to read one more type of event is given its history, as history."""

from __future__ import annotations

from uuid import UUID

import pytest
from maillage.events import Consumed, Consumer, Context
from maillage.events.streams import events_stream
from maillage.testing.nats import NatsServer

from . import site


class Seen(Consumed):
    thing_id: UUID


def grown() -> Consumer:
    """The watcher of the next version, which also keeps what it says itself, and acts on it."""
    consumer = site.watcher()

    async def keep_seen(event: Seen, ctx: Context) -> None:
        await note(ctx, event, "seen-kept")

    async def act_on_seen(event: Seen, ctx: Context) -> None:
        await note(ctx, event, "seen-acted")

    consumer.project("watcher.thing.seen.v1")(keep_seen)
    consumer.react("watcher.thing.seen.v1")(act_on_seen)
    return consumer


async def note(ctx: Context, event: Seen, how: str) -> None:
    await ctx.session.execute(site.SEEN.insert().values(thing_id=str(event.thing_id), number=0, how=how))


@pytest.mark.parametrize("provisioned_while_the_old_one_runs", [False, True])
async def test_a_type_that_is_gained_brings_its_history(
    database_url: str, nats_server: NatsServer, region: str, provisioned_while_the_old_one_runs: bool
) -> None:
    old, new = site.watcher(), grown()
    await site.provisioned(nats_server.url, region, old)
    async with site.database(database_url) as db:
        async with site.running("watcher", db, region, nats_server.url, old):
            await site.make(db, 1, 2)
            await site.eventually(lambda: messages(nats_server, region), 4)  # made, and seen
            if provisioned_while_the_old_one_runs:  # as in a rolling upgrade
                await site.provisioned(nats_server.url, region, new)
            await site.make(db, 3)
            await site.eventually(lambda: messages(nats_server, region), 6)
            await site.eventually(lambda: site.unanswered(nats_server.url, region), 0)
        await site.provisioned(nats_server.url, region, new)
        # What comes after the last event the old version answered for is news to the new one.
        acted = [] if provisioned_while_the_old_one_runs else [0]
        async with site.running("watcher", db, region, nats_server.url, new):
            await site.eventually(lambda: site.seen(db, "seen-kept"), [0, 0, 0])
            assert await site.seen(db, "seen-acted") == acted
            assert await site.seen(db, "reacted") == [1, 2, 3]
            await site.make(db, 9)
            await site.eventually(lambda: site.seen(db, "seen-acted"), [*acted, 0])
        assert await site.seen(db, "reacted") == [1, 2, 3, 9]


async def messages(server: NatsServer, region: str) -> int:
    async with site.jetstream(server.url) as js:
        return (await js.stream_info(events_stream(region))).state.messages
