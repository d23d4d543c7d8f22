"""The live events: what was observed is sent in order, once per connection; what was missed is sent first.

Nothing is queued per listener: each looks into the database from the last number it sent, when the bell rings
and every few seconds. So a slow reader holds up nobody and a restart loses nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Select
from sse_starlette import ServerSentEvent

from . import history
from .live import bell, wait
from .model import ObservedEvent
from .schemas import EventOut

RETRY_MS = 3000
AT_ONCE = 50


def parse_number(last_event_id: str | None) -> int | None:
    """The number in a Last-Event-ID; None for one that is not ours."""
    if last_event_id is None or not last_event_id.isascii() or not last_event_id.isdigit():
        return None
    return int(last_event_id[:18])


async def follow(service: Any, found: Select[Any], last: int | None) -> AsyncIterator[ServerSentEvent]:
    """The events of one connection among those `found`, until its client or the service goes."""
    with bell.listen() as heard:
        async with service.db.read() as session:
            newest = await history.newest(session)
        # A number beyond ours was given by a database that is no more: begin again from now.
        number = newest if last is None or last > newest else last
        yield ServerSentEvent(comment="open", retry=RETRY_MS)
        while not service.readiness.draining:
            news = await _news(service, found, number)
            for each in news:
                yield ServerSentEvent(data=each.model_dump_json(), id=str(each.number), event="event")
                number = each.number
            if not news:
                await wait(heard, service.settings.catalogue_poll_seconds)


async def _news(service: Any, found: Select[Any], number: int) -> list[EventOut]:
    asked = found.where(ObservedEvent.number > number).order_by(ObservedEvent.number).limit(AT_ONCE)
    async with service.db.read() as session:
        return await history.shown(service, session, list(await session.scalars(asked)))
