"""The live inbox: what is committed is sent, in order, once per connection; what was missed is sent first.

Nothing is queued per listener: each looks into the database from the last number it sent, when the bell rings
and every few seconds. So a slow reader holds up nobody and a restart loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import Request
from sse_starlette import ServerSentEvent

from . import queries
from .languages import reader_language
from .live import bell, wait

RETRY_MS = 3000


def parse_number(last_event_id: str | None) -> int | None:
    """The number in a Last-Event-ID; None for one that is not ours."""
    if last_event_id is None or not last_event_id.isascii() or not last_event_id.isdigit():
        return None
    return int(last_event_id[:18])


async def follow(
    service: Any, request: Request, person_id: UUID, last: int | None
) -> AsyncIterator[ServerSentEvent]:
    """The events of one connection, until its client or the service goes."""
    with bell.listen() as heard:
        async with service.db.read() as session:
            newest = await queries.last_number(session, person_id)
        # A number beyond ours was given before a rebuild: begin again from now.
        number = newest if last is None or last > newest else last
        yield ServerSentEvent(comment="open", retry=RETRY_MS)
        while not service.readiness.draining:
            for event in await _news(service, request, person_id, number):
                yield event
                number = int(event.id or number)
            await wait(heard, service.settings.stream_poll_seconds)


async def _news(service: Any, request: Request, person_id: UUID, number: int) -> list[ServerSentEvent]:
    async with service.db.read() as session:
        messages = await queries.after(session, person_id, number)
        if not messages:
            return []
        lang = await reader_language(request, session, person_id)
        shown = await queries.shown(session, messages, lang)
        unread = await queries.unread_count(session, person_id)
    return [
        ServerSentEvent(
            data=json.dumps({**item.model_dump(mode="json"), "unread": unread}, ensure_ascii=False),
            id=str(message.number),
            event="notification",
        )
        for message, item in zip(messages, shown, strict=True)
    ]
