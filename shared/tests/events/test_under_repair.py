"""While a stream is repaired the relays wait: what is new comes after what is given back."""

from __future__ import annotations

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
        await repair(js._nc, js, region, [Journal("maker", db)])
        again = [message.headers["ce-sequence"] for message in await given.fetch(3, timeout=60)]
    assert again == ["2", "4", "3"]
