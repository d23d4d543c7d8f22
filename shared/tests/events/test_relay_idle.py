"""A relay with nothing to publish asks little, and misses nothing for it."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from maillage.events import relay as relay_module
from maillage.events import wakeup
from maillage.events.streams import events_stream
from maillage.testing.nats import NatsServer

from . import site
from .test_relay_faults import in_stream


class Counted:
    """A function and how often it was called and answered."""

    def __init__(self, function: Any) -> None:
        self._function, self.calls = function, 0

    async def __call__(self, *words: Any, **named: Any) -> Any:
        answer = await self._function(*words, **named)
        self.calls += 1
        return answer


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Counts the looks at the stream; none is due by its age, and the journal is asked at each turn."""
    counted = Counted(relay_module.compare)
    monkeypatch.setattr(relay_module, "compare", counted)
    monkeypatch.setattr(relay_module, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(relay_module, "LOOK_IDLE", 3600.0)
    return counted


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Counts the relay's turns."""
    counted = Counted(relay_module.Relay._measure_age)

    async def measure(relay: Any) -> bool:
        return bool(await counted(relay))

    monkeypatch.setattr(relay_module.Relay, "_measure_age", measure)
    return counted


async def test_an_idle_relay_leaves_the_stream_alone_and_publishes_what_nobody_rang_for(
    database_url: str, nats_server: NatsServer, region: str, looks: Counted, turns: Counted
) -> None:
    await site.provisioned(nats_server.url, region)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, poll=0.02),
    ):
        await site.eventually(lambda: looks.calls > 0)
        quiet, since = looks.calls, turns.calls
        await site.eventually(lambda: turns.calls > since + 10)
        assert looks.calls < quiet + 5  # a connection that was lost is reason for a look
        with patch.object(wakeup, "wake"):  # as another process records: nobody here hears of it
            await site.make(db, 1)
        await site.eventually(lambda: in_stream(nats_server, region), [1])


async def test_an_idle_relay_tells_of_a_stream_that_is_gone(
    database_url: str, nats_server: NatsServer, region: str, looks: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.provisioned(nats_server.url, region)
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, poll=0.02) as runtime,
    ):
        await site.make(db, 1)
        await site.eventually(lambda: in_stream(nats_server, region), [1])
        await site.eventually(runtime.problems, [])
        async with site.jetstream(nats_server.url) as js:
            await js.delete_stream(events_stream(region))
        monkeypatch.setattr(relay_module, "LOOK_IDLE", 0.0)
        await site.eventually(
            lambda: [each[-24:] for each in runtime.problems()], ["run `maillage provision`"]
        )
