"""A database that goes and comes back; several replicas of a service, of which one works."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from unittest.mock import patch

import asyncpg
import pytest_asyncio
from maillage.events import Context
from maillage.leader import Leadership, News, lock_key
from maillage.tasks import end
from maillage.testing.databases import Databases
from maillage.testing.nats import NatsServer
from prometheus_client import REGISTRY
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from . import site
from .proxy import proxy_to
from .site import Made

END_LEADER = """\
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE locktype = 'advisory' AND granted AND datname = current_database() AND (classid, objid) = ($1, $2)"""


@pytest_asyncio.fixture
async def postgres_url(databases: Databases) -> AsyncIterator[str]:
    """An empty PostgreSQL database; skips where there is no PostgreSQL."""
    url = await databases.empty("postgresql")
    yield url
    await databases.drop(url)


def patient(leadership: Leadership) -> None:
    """Have it lead on however late an answer comes: what is held up here is the machine."""
    leadership._heartbeat, leadership._silence = 60.0, 600.0


async def test_the_database_goes_and_comes_back(
    postgres_url: str, nats_server: NatsServer, region: str
) -> None:
    calls: Counter[int] = Counter()

    async def count(event: Made, ctx: Context) -> None:
        calls[event.number] += 1

    consumer = site.watcher(count)
    await site.provisioned(nats_server.url, region, consumer)
    direct = make_url(postgres_url)
    async with site.database(postgres_url) as maker, proxy_to(direct.port or 5432) as proxy:
        behind = direct.set(port=proxy.port).render_as_string(hide_password=False)
        async with (
            site.running("maker", maker, region, nats_server.url),
            site.database(behind) as db,
            site.running("watcher", db, region, nats_server.url, consumer),
        ):
            await site.make(maker, 1)
            await site.eventually(lambda: site.seen(maker), [1])
            proxy.cut()
            await site.make(maker, 2, 3)
            await asyncio.sleep(1)
            assert await site.seen(maker) == [1]
            proxy.mend()
            await site.eventually(lambda: site.seen(maker), [1, 2, 3])
            await site.eventually(lambda: site.seen(maker, "reacted"), [1, 2, 3])
    assert calls == {1: 1, 2: 1, 3: 1}  # an absent database costs no event a try


async def test_a_locked_sqlite_file_costs_no_event_a_try(
    databases: Databases, nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    url = await databases.empty("sqlite")
    async with (
        site.database(url) as db,
        site.database(url) as another_process,
        AsyncExitStack() as at_work,
    ):
        await site.make(another_process, 1, 2)
        async with another_process.write():  # before anybody could have handled them
            await at_work.enter_async_context(site.running("maker", db, region, nats_server.url, consumer))
            await asyncio.sleep(0.5)
            assert await site.seen(db) == []
        await site.eventually(lambda: site.seen(db), [1, 2])


async def test_one_replica_works_and_another_takes_over(
    postgres_url: str, nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    async with (
        site.database(postgres_url) as db,
        site.database(postgres_url) as other_db,
        site.running("maker", other_db, region, nats_server.url, consumer) as second,
    ):
        patient(second._leadership)
        await site.eventually(lambda: second.leading)
        async with site.running("maker", db, region, nats_server.url, consumer) as first:
            await site.make(db, 1, 2)
            await site.eventually(lambda: site.seen(db, "reacted"), [1, 2])
            assert (first.leading, second.leading) == (False, True)
            await site.eventually(first.problems, [])
            assert REGISTRY.get_sample_value("maillage_nats_connected", {"service": "maker"}) == 1
            await second.stop()
            await site.eventually(lambda: first.leading)
            await site.make(db, 3)
            await site.eventually(lambda: site.seen(db, "reacted"), [1, 2, 3])


async def test_a_leader_that_loses_its_lock_stops_and_somebody_leads_again(
    postgres_url: str, nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    async with (
        site.database(postgres_url) as db,
        site.database(postgres_url) as other_db,
        site.running("maker", db, region, nats_server.url, consumer) as first,
        site.running("maker", other_db, region, nats_server.url, consumer) as second,
    ):
        await site.eventually(lambda: first.leading + second.leading, 1)
        admin = await asyncpg.connect(postgres_url)

        async def ended() -> int:
            # Its own lock: while it publishes, the leader holds another for a moment.
            return len(await admin.fetch(END_LEADER, *lock_key("maker")))

        await site.eventually(ended, 1)
        await admin.close()
        await site.make(db, 1, 2)

        async def reacted() -> list[int]:
            # What the old leader had in hand comes again, maybe after what follows it.
            return sorted(await site.seen(db, "reacted"))

        await site.eventually(reacted, [1, 2])
        await site.eventually(lambda: first.leading + second.leading, 1)


async def test_a_leader_that_is_frozen_is_ended_and_another_leads(postgres_url: str) -> None:
    both = [asyncio.Event(), asyncio.Event()]

    async def work_of(number: int) -> None:
        both[number].set()
        try:
            await asyncio.Event().wait()
        finally:
            both[number].clear()

    async with site.database(postgres_url) as db, site.database(postgres_url) as other_db:
        # As long as the server hears nothing it cannot tell a frozen process from this one.
        frozen = Leadership(db, "maker", heartbeat=3600, retry=2.0, silence=0.5)
        other = Leadership(other_db, "maker", retry=0.1)
        tasks = [asyncio.create_task(frozen.run(lambda: work_of(0)))]
        await site.eventually(both[0].is_set)
        tasks.append(asyncio.create_task(other.run(lambda: work_of(1))))
        await site.eventually(lambda: (both[0].is_set(), both[1].is_set()), (False, True))
        assert (frozen.leading, other.leading) == (False, True)
        await end(tasks)


async def test_one_that_falls_silent_as_it_gets_the_lock_is_ended_too(postgres_url: str) -> None:
    async with site.database(postgres_url) as db, site.database(postgres_url) as other_db:
        frozen, locked = Leadership(db, "maker", silence=0.5), asyncio.Event()

        async def never(_connection: AsyncConnection) -> asyncio.Event:
            locked.set()
            return await asyncio.Event().wait()  # type: ignore[return-value]

        with patch.object(frozen, "_listen", never):
            tasks = [asyncio.create_task(frozen.run(asyncio.Event().wait))]
            await locked.wait()
            other = Leadership(other_db, "maker", retry=0.1)
            tasks.append(asyncio.create_task(other.run(asyncio.Event().wait)))
            await site.eventually(lambda: other.leading)
            await end(tasks)


async def test_who_waits_to_lead_tells_the_leader_that_there_is_work(postgres_url: str) -> None:
    heard, waiting = asyncio.Event(), News()
    async with site.database(postgres_url) as db, site.database(postgres_url) as other_db:
        first = Leadership(db, "maker", News(tell=heard.set))
        patient(first)
        second = Leadership(other_db, "maker", waiting, retry=600)
        patient(second)
        tasks = [asyncio.create_task(first.run(asyncio.Event().wait))]
        await site.eventually(lambda: first.leading, patience=60)
        heard.clear()
        tasks.append(asyncio.create_task(second.run(asyncio.Event().wait)))
        for _ in range(2):
            waiting.here.set()
            async with asyncio.timeout(60):
                await heard.wait()
            heard.clear()
        assert (first.leading, second.leading) == (True, False)
        await end(tasks)
