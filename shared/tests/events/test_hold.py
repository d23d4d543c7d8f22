"""Publishing and a backup's moment of stillness keep each other out, and nothing is held beyond a batch."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import patch

import asyncpg
import pytest
from maillage.db.engine import Database
from maillage.events import relay
from maillage.events.hold import LOCK
from maillage.testing.nats import NatsServer

from . import site

pytestmark = pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND (classid, objid) = ($1, $2)"
OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"


@pytest.fixture
async def admin(database_url: str) -> AsyncIterator[Any]:
    """Somebody else in the same database, as a backup is."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def still(admin: Any) -> bool:
    """Whether a backup could begin."""
    had = await admin.fetchval("SELECT pg_try_advisory_lock($1, $2)", *LOCK)
    return bool(had and await admin.fetchval("SELECT pg_advisory_unlock($1, $2)", *LOCK))


async def test_a_batch_keeps_a_backup_waiting_until_it_is_noted(
    database_url: str, nats_server: NatsServer, region: str, admin: Any
) -> None:
    await site.provisioned(nats_server.url, region)
    publish, at_it, go_on = relay.publish, asyncio.Event(), asyncio.Event()

    async def publish_slowly(*given: Any) -> Any:
        results = await publish(*given)
        at_it.set()
        await go_on.wait()
        return results

    async with site.database(database_url) as db:
        await site.make(db, 1)
        with patch.object(relay, "publish", publish_slowly):
            async with site.running("maker", db, region, nats_server.url):
                await at_it.wait()
                assert not await still(admin)
                assert await admin.fetchval(OPEN) == 0, "nothing is open while the bus takes its time"
                go_on.set()
                await site.eventually(lambda: site.unpublished(db), 0)
                await site.eventually(lambda: still(admin))


async def test_a_backup_keeps_a_batch_waiting(
    database_url: str, nats_server: NatsServer, region: str, admin: Any
) -> None:
    await site.provisioned(nats_server.url, region)
    async with site.database(database_url) as db:
        await admin.execute("SELECT pg_advisory_lock($1, $2)", *LOCK)
        async with site.running("maker", db, region, nats_server.url):
            await site.make(db, 1)
            await site.eventually(lambda: somebody_waits(admin))
            assert await site.unpublished(db) == 1
            await admin.execute("SELECT pg_advisory_unlock($1, $2)", *LOCK)
            await site.eventually(lambda: site.unpublished(db), 0)


@pytest.mark.parametrize("broken", ["publish", "note_unless_repaired"])
async def test_nothing_is_held_after_a_batch_that_failed(
    database_url: str, nats_server: NatsServer, region: str, admin: Any, broken: str
) -> None:
    await site.provisioned(nats_server.url, region)
    whole, failures = getattr(relay, broken), itertools.count(1)

    async def fail_twice(*given: Any) -> Any:
        if next(failures) <= 2:
            raise RuntimeError("broken")
        return await whole(*given)

    async with site.database(database_url) as db:
        await site.make(db, 1)
        with patch.object(relay, broken, fail_twice):
            async with site.running("maker", db, region, nats_server.url):
                await site.eventually(lambda: site.unpublished(db), 0)
                await site.eventually(lambda: still(admin))


async def test_nothing_is_held_where_nothing_waits(database_url: str, region: str, admin: Any) -> None:
    async with site.database(database_url) as db:
        await looked(db)
        assert await still(admin)


async def looked(db: Database) -> None:
    async with relay.publishing(db) as holding:
        assert holding is not None
        assert await relay._PENDING_HELD.fetch(holding, {}) == []


async def somebody_waits(admin: Any) -> bool:
    return bool(await admin.fetchval(f"{LOCKS} AND NOT granted", *LOCK))
