"""How often an event is tried: counted by failures, over restarts, and not by what the server delivered."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from maillage import clock
from maillage.db import Database
from maillage.events import Context, deadletters
from maillage.events.handling import DatabaseAway, Handling
from maillage.events.tables import KIT
from maillage.ids import new_id
from maillage.testing.nats import NatsServer
from opentelemetry import trace
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from . import site
from .site import Made

TRACER = trace.get_tracer("tests")


def delivered(times: int) -> Any:
    """A message as the client library hands it over after so many deliveries."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": str(new_id()),
        "ce-type": "fr.maillage.maker.thing.made.v1",
        "ce-source": "/fr-tst/maker",
        "ce-time": clock.now().isoformat(),
    }
    return SimpleNamespace(
        subject="fr-tst.maker.thing.made.v1.x",
        headers=headers,
        data=f'{{"thing_id": "{new_id()}", "number": 1}}'.encode(),
        metadata=SimpleNamespace(num_delivered=times, sequence=SimpleNamespace(stream=7)),
    )


async def counted(db: Database) -> dict[str, int]:
    mark = KIT.consumer_mark
    async with db.read() as session:
        rows = await session.execute(select(mark.c.consumer, mark.c.suspect_tries))
        return {name: tries for name, tries in rows if "!" in name}


async def test_deliveries_that_were_no_failures_take_no_try_away(database_url: str) -> None:
    failures = iter([RuntimeError("not yet")])

    async def fail_once(_event: Made, _ctx: Context) -> None:
        for failure in failures:
            raise failure

    message, watcher = delivered(times=9), site.watcher(fail_once)
    watcher.name = "w" * 64  # the longest that the inbox has room for
    async with site.database(database_url) as db:
        handling = Handling(watcher, db, site.settings("fr-tst"), TRACER, (3, 5), origin="fr-tst")
        (verdict,) = await handling.handle([message])
        assert (verdict.dead, verdict.retry_in) == (None, 3)
        assert await counted(db) == {f"fr-tst!{message.headers['ce-id']}": 1}
        assert [each.outcome for each in await handling.handle([message])] == ["done"]
        assert await counted(db) == {}


async def test_what_cannot_even_be_counted_is_no_try(database_url: str) -> None:
    """A full disk: every question is answered, nothing can be written."""
    full = True

    def refuse(_c: Any, _cursor: Any, statement: str, given: Any, _context: Any, _many: bool) -> None:
        if full and statement.startswith(("INSERT", "UPDATE", "DELETE")):
            raise OperationalError(statement, given, Exception("database or disk is full"))

    message = delivered(times=1)
    async with site.database(database_url) as db:
        event.listen(db.engine.sync_engine, "before_cursor_execute", refuse)
        handling = Handling(site.watcher(), db, site.settings("fr-tst"), TRACER, (), origin="fr-tst")
        for _ in range(3):
            with pytest.raises(DatabaseAway):
                await handling.handle([message])
        full = False
        assert [each.outcome for each in await handling.handle([message])] == ["done"]


async def test_a_restart_gives_a_poisonous_event_no_try_back(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    calls: Counter[int] = Counter()

    async def choke(event: Made, _ctx: Context) -> None:
        calls[event.number] += 1
        raise ValueError("never")

    async def number_dead() -> int:
        async with site.jetstream(nats_server.url) as js:
            found = [each async for each in deadletters.letters(js, "watcher")]
        return len([each for each in found if each.subject.startswith(region)])

    consumer, delays = site.watcher(choke), (0.05, 600)
    await site.provisioned(nats_server.url, region, consumer)
    async with site.database(database_url) as db:
        await site.make(db, 1)
        async with site.running("maker", db, region, nats_server.url, consumer, delays=delays):
            await site.eventually(lambda: sorted_counts(db), [2])
        async with site.running("maker", db, region, nats_server.url, consumer, delays=delays):
            await site.eventually(number_dead, 1)
            assert calls[1] >= 3
            await site.eventually(lambda: sorted_counts(db), [])  # what comes from there has all its tries


async def sorted_counts(db: Database) -> list[int]:
    return sorted((await counted(db)).values())
