"""Server-sent events: numbered, resumable, kept open, neither kept nor held back by what lies between.

Nothing is queued per listener: each looks into the database from the last number it sent, when the bell rings
and every few seconds. So a slow reader holds up nobody and a restart loses nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import Depends, Header
from sse_starlette import EventSourceResponse, ServerSentEvent

from maillage.auth.principal import Principal
from maillage.bell import Bell, wait
from maillage.http.listeners import Counted

RETRY_MS = 3000
"""After how long a browser that lost its stream asks again."""
LIVE: dict[str, Any] = {
    "response_class": EventSourceResponse,
    "responses": {200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}},
}
"""What a route that answers with `live` is declared with."""

News = Callable[[int], Awaitable[Sequence[ServerSentEvent]]]


def parse_number(last_event_id: str | None) -> int | None:
    """The number in a Last-Event-ID; None for one that is not ours."""
    if last_event_id is None or not last_event_id.isascii() or not last_event_id.isdigit():
        return None
    return int(last_event_id[:18])


async def last_number(
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Resume after this one")
    ] = None,
) -> int | None:
    """`parse_number` of a request's header."""
    return parse_number(last_event_id)


LastNumber = Annotated[int | None, Depends(last_number)]


def live(
    service: Any, reader: Principal, events: AsyncIterator[ServerSentEvent], heartbeat: float
) -> EventSourceResponse:
    """The answer that sends `events`, and a comment every `heartbeat` seconds so that nobody hangs up.

    Raises TooManyStreams when `reader` has as many open as one caller may.
    """
    answer = Counted(
        events,
        ping=heartbeat,
        ping_message_factory=lambda: ServerSentEvent(comment="still here"),
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )
    answer.listeners, answer.reader = service.listeners, reader.id
    service.listeners.admit(reader.id, answer)
    return answer


async def follow(
    service: Any,
    bell: Bell,
    news: News,
    *,
    reader: Principal,
    newest: int,
    last: int | None,
    patience: float,
) -> AsyncIterator[ServerSentEvent]:
    """What `news` gives after number `last`, or from now, until the client, her token or the service goes.

    `newest` is the last number there is; one beyond it was given by a database that is no more, and begins
    from now too. Each event's id is its number. `patience`: seconds between two looks when no bell rings.
    """
    number = newest if last is None or last > newest else last
    with bell.listen() as heard:
        yield ServerSentEvent(comment="open", retry=RETRY_MS)
        while not service.readiness.draining and await service.ended.still(reader):
            told = await news(number)
            for event in told:
                yield event
                number = int(event.id or number)
            if not told:
                await wait(heard, patience)
