"""A caller has so many live streams open and no more; one that ended counts no longer, however it ended."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, MutableMapping
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from maillage.auth import Principal
from maillage.http.listeners import Listeners, TooManyStreams
from maillage.http.live import live
from sse_starlette import EventSourceResponse, ServerSentEvent

SOMEBODY, ANOTHER = (
    Principal(id=uuid4(), roles=frozenset({"coordinator"}), region="fr-pac") for _ in range(2)
)


async def silence(ends: asyncio.Event | None = None) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(comment="open")
    await (ends or asyncio.Event()).wait()


def opened(listeners: Listeners, reader: Principal, ends: asyncio.Event | None = None) -> EventSourceResponse:
    return live(SimpleNamespace(listeners=listeners), reader, silence(ends), 15.0)


async def serve(answer: EventSourceResponse, began: asyncio.Event) -> None:
    async def send(message: MutableMapping[str, Any]) -> None:
        began.set()

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    await answer({"type": "http", "method": "GET"}, receive, send)


async def test_one_more_than_allowed_is_refused_and_others_are_not() -> None:
    listeners = Listeners(2)
    kept = [opened(listeners, SOMEBODY) for _ in range(2)]
    with pytest.raises(TooManyStreams) as refused:
        opened(listeners, SOMEBODY)
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "60"
    assert opened(listeners, ANOTHER)
    assert len(kept) == listeners.count(SOMEBODY.id) == 2


@pytest.mark.parametrize("how", ["by itself", "cut off", "never begun"])
async def test_a_stream_that_ended_makes_room(how: str) -> None:
    listeners, ends, began = Listeners(1), asyncio.Event(), asyncio.Event()
    answer = opened(listeners, SOMEBODY, ends)
    if how != "never begun":
        served = asyncio.create_task(serve(answer, began))
        await began.wait()
        with pytest.raises(TooManyStreams):
            opened(listeners, SOMEBODY)
        ends.set() if how == "by itself" else served.cancel()
        await asyncio.wait([served])
    del answer
    gc.collect()
    assert listeners.count(SOMEBODY.id) == 0
    assert opened(listeners, SOMEBODY)
