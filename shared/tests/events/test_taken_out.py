"""Events that somebody takes out of the stream by hand are missed, and the repair brings them back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from maillage import clock
from maillage.db import Database
from maillage.events import relay
from maillage.events.loss import StreamLost, find_loss
from maillage.events.streams import events_stream
from maillage.testing.nats import NatsServer

from . import site
from .test_erased_places import erase_greeted, greet, mend, waiting
from .test_relay_faults import in_stream, noted


async def test_a_stream_purged_by_hand_is_missed_and_repaired(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    """Also by who is connected all along; a consumer that was behind gets what was purged before its eyes."""
    consumer, stream = site.watcher(), events_stream(region)
    await site.provisioned(nats_server.url, region, consumer)
    async with site.database(database_url) as db, site.jetstream(nats_server.url) as jetstream:
        async with site.running("maker", db, region, nats_server.url) as runtime:
            await site.make(db, 1, 2, 3)
            await site.eventually(lambda: waiting(db), 0)
            await jetstream.purge_stream(stream)
            await site.make(db, 4)
            await site.eventually(lambda: any("stream repair" in each for each in runtime.problems()))
            await mend(nats_server, region, db)
            await site.eventually(lambda: waiting(db), 0)
        async with site.running("watcher", db, region, nats_server.url, consumer):

            async def seen() -> list[int]:
                # The fourth may have been published within the second for which the stream is trusted.
                return sorted(await site.seen(db))

            await site.eventually(seen, [1, 2, 3, 4])


async def test_the_last_event_taken_out_is_a_loss_unless_it_was_erased(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(nats_server.url, region)
    stream = events_stream(region)
    async with site.database(database_url) as db, site.jetstream(nats_server.url) as jetstream:
        await recorded_and_published(db, nats_server, region)
        await jetstream.delete_msg(stream, 2)
        assert await lost(db, jetstream, stream) == "nothing is at 2, the last place this journal knows"
        await erase_greeted(db)
        assert await lost(db, jetstream, stream) == ""
        await jetstream.purge_stream(stream, seq=2)
        assert await lost(db, jetstream, stream) == "the stream begins at 3, the journal at 1"


async def recorded_and_published(db: Database, server: NatsServer, region: str) -> None:
    """A thing, and a person after it."""
    async with site.running("maker", db, region, server.url):
        await site.make(db, 1)
        await site.eventually(lambda: waiting(db), 0)
        await greet(db, 1)
        await site.eventually(lambda: waiting(db), 0)


async def lost(db: Database, jetstream: site.JetStreamContext, stream: str) -> str:
    """What is missed, "" when nothing is."""
    try:
        await find_loss(db, jetstream, stream)
    except StreamLost as error:
        return str(error)
    return ""


async def test_what_was_published_unnoted_is_found_when_the_server_has_forgotten_it(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    """The relay died between the two, and the bus was away for hours."""
    await site.provisioned(nats_server.url, region)
    stream = events_stream(region)
    async with site.database(database_url) as db, site.jetstream(nats_server.url) as jetstream:
        clock.use(lambda: datetime.now(UTC) - timedelta(hours=3))
        try:
            await site.make(db, 1, 2, 3)
        finally:
            clock.use(None)
        with patch.object(relay, "note_unless_repaired", side_effect=RuntimeError("killed")):
            async with site.running("maker", db, region, nats_server.url):
                await site.eventually(lambda: in_stream(nats_server, region), [1, 2, 3])
        config = (await jetstream.stream_info(stream)).config
        await jetstream.update_stream(replace(config, duplicate_window=0.1))
        await asyncio.sleep(0.5)  # the server forgets
        await site.make(db, 4)
        async with site.running("maker", db, region, nats_server.url):
            await site.eventually(lambda: noted(db), [1, 2, 3, 4])
        assert await in_stream(nats_server, region) == [1, 2, 3, 4]
