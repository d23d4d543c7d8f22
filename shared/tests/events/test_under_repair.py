"""While a stream is repaired the relays wait: what is new comes after what is given back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from maillage import clock
from maillage.db import Database
from maillage.events import Entry
from maillage.events import repair as repair_module
from maillage.events.loss import StreamLost
from maillage.events.publish import publish
from maillage.events.repair import Journal, repair
from maillage.events.streams import events_stream
from maillage.testing.nats import NatsServer
from nats.js import JetStreamContext
from sqlalchemy import update

from . import site
from .test_relay_faults import in_stream, noted, says


async def published_at(db: Database, **places: int) -> None:
    """Things made, and noted as published at these places of a store that was lost."""
    numbers = {int(number.removeprefix("n")): place for number, place in places.items()}
    await site.make(db, *numbers)
    async with db.write() as session:
        for number, place in numbers.items():
            values = {"stream_sequence": place, "published_at": clock.now()}
            await session.execute(update(Entry).where(Entry.sequence == number).values(**values))


async def test_the_relay_waits_until_the_last_of_its_events_is_back(
    database_url: str, own_nats_server: NatsServer, region: str, tmp_path: Path
) -> None:
    """Another journal's event was between two of its own: one of them is back before the other."""
    url = own_nats_server.url
    await site.provisioned(url, region)
    async with (
        site.database(database_url) as db,
        site.database(f"sqlite:///{tmp_path}/other.db") as other,
        site.jetstream(url) as js,
    ):
        await published_at(db, n1=1, n2=3)
        await published_at(other, n5=2)
        async with site.running("maker", db, region, url) as runtime:
            relay, refused = runtime.relay, list[bool]()
            assert relay is not None
            await site.eventually(lambda: says(runtime, "stream repair"))
            await site.make(db, 3)

            async def publish_slowly(*given: Any) -> Any:
                with pytest.raises(StreamLost):
                    await relay.publish_pending()
                refused.append(True)
                return await publish(*given)

            with patch.object(repair_module, "publish", publish_slowly):
                await repair(js._nc, js, region, [Journal("maker", db), Journal("other", other)])
            assert len(refused) == 3
            await site.eventually(lambda: in_stream(own_nats_server, region), [1, 5, 2, 3])


async def test_a_repair_that_was_broken_off_is_done_again_before_anything_new(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    url = own_nats_server.url
    await site.provisioned(url, region)
    async with site.database(database_url) as db, site.jetstream(url) as js:
        await published_at(db, n1=1, n2=2)
        with (
            patch.object(repair_module, "note", side_effect=OSError("no space left on device")),
            pytest.raises(OSError, match="no space"),
        ):
            await repair(js._nc, js, region, [Journal("maker", db)])
        await site.make(db, 3)
        async with site.running("maker", db, region, url) as runtime:
            await site.eventually(lambda: says(runtime, "broken off"))
            journal = Journal("maker", db)
            await repair(js._nc, js, region, [journal])
            assert (journal.corrected, journal.republished) == (2, 0)
            await site.eventually(lambda: in_stream(own_nats_server, region), [1, 2, 3])
            await site.eventually(lambda: noted(db), [3, 4, 5])


async def test_what_was_given_before_the_loss_and_not_answered_is_given_again(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    """Its consumer had read on, and is set back to the loss: to where it still owes an answer."""
    stream = events_stream(region)
    await site.provisioned(nats_server.url, region, site.watcher())
    async with site.database(database_url) as db, site.jetstream(nats_server.url) as js:
        await site.make(db, 1, 2, 3, 4)
        await site.published(db, region, nats_server.url)
        given = await js.pull_subscribe_bind("watcher", stream)
        first, second, *rest = await given.fetch(4, timeout=60)
        for message in (first, *rest):
            await message.ack_sync(timeout=60)
        await js.delete_msg(stream, second.metadata.sequence.stream + 1)
        with patch.object(repair_module, "BATCH_EVENTS", 0):
            await repair(js._nc, js, region, [Journal("maker", db)])
        again = [message.headers["ce-sequence"] for message in await given.fetch(3, timeout=60)]
    assert again == ["2", "4", "3"]


async def test_a_repair_begun_again_sets_consumers_back_to_what_the_first_had_found(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    """What the first gave back is not missing any more, and its place may be another event's."""
    stream = events_stream(region)
    async with five_read(database_url, nats_server.url, region) as (db, js):
        for place in (3, 5):
            await js.delete_msg(stream, place)

        async def publish_one(*given: Any) -> Any:
            if await noted(db) != [1, 2, 3, 4, 5]:
                raise RuntimeError("killed")
            return await publish(*given[:-1], given[-1][:1])

        with patch.object(repair_module, "publish", publish_one), pytest.raises(RuntimeError):
            await repair(js._nc, js, region, [Journal("maker", db)])
        assert await noted(db) == [1, 2, 6, 4, 5]
        with patch.object(repair_module, "BATCH_EVENTS", 0):
            await repair(js._nc, js, region, [Journal("maker", db)])
        assert await reads_on_from(js, stream) == 3
        await repair(js._nc, js, region, [Journal("maker", db)])
        assert await reads_on_from(js, stream) == 3  # and what is mended is left alone


async def test_consumers_are_set_back_by_what_may_have_been_under_way(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    """Lost as well, before the first place that somebody had noted, and filled by whoever came first."""
    stream = events_stream(region)
    async with five_read(database_url, nats_server.url, region) as (db, js):
        await js.delete_msg(stream, 4)
        with patch.object(repair_module, "BATCH_EVENTS", 2):
            await repair(js._nc, js, region, [Journal("maker", db)])
        assert await reads_on_from(js, stream) == 2


@asynccontextmanager
async def five_read(
    database_url: str, url: str, region: str
) -> AsyncIterator[tuple[Database, JetStreamContext]]:
    """Five things made, published, and answered for by the watcher."""
    await site.provisioned(url, region, site.watcher())
    async with site.database(database_url) as db, site.jetstream(url) as js:
        await site.make(db, 1, 2, 3, 4, 5)
        await site.published(db, region, url)
        given = await js.pull_subscribe_bind("watcher", events_stream(region))
        for message in await given.fetch(5, timeout=60):
            await message.ack_sync(timeout=60)
        yield db, js


async def reads_on_from(js: JetStreamContext, stream: str) -> int:
    """The first place that the watcher has not been given."""
    info = await js.consumer_info(stream, "watcher")
    assert info.delivered is not None
    return int(info.delivered.stream_seq) + 1
