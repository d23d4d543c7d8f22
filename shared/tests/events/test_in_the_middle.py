"""What a lost store had taken, while whoever gave it waited for the rest, is given again to the new one."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from maillage.events import relay
from maillage.testing.nats import NatsServer

from . import site
from .test_relay_faults import in_stream, repaired


async def test_what_a_lost_store_took_a_moment_ago_is_not_noted_after_the_repair(
    database_url: str, own_nats_server: NatsServer, region: str
) -> None:
    """The repair has looked at it as not yet published: once noted, nobody would miss it."""
    await site.provisioned(own_nats_server.url, region)
    publish, taken = relay.publish, list[int]()

    async def lose(*given: Any) -> Any:
        results = await publish(*given)
        if not taken:
            taken.extend(each.sequence for each in results)
            own_nats_server.stop()
            await site.eventually(lambda: given[0].is_connected, False)
            own_nats_server.remove_store()
            own_nats_server.start()
            await site.provisioned(own_nats_server.url, region)
            await repaired(own_nats_server, region, db)
        return results

    async with site.database(database_url) as db:
        async with site.running("maker", db, region, own_nats_server.url):
            await site.make(db, 1)
            await site.eventually(lambda: site.unpublished(db), 0)
        with patch.object(relay, "publish", lose):
            async with site.running("maker", db, region, own_nats_server.url):
                await site.make(db, 2, 3)
                await site.eventually(lambda: site.unpublished(db), 0)
        # Not asked meanwhile: a question to the server that is stopped would wait a minute for its answer.
        assert await in_stream(own_nats_server, region) == [1, 2, 3]
    assert taken == [2, 3]
