"""A service's server-sent events passed on to the browser, as they are or each line made something else."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx
from starlette.responses import Response, StreamingResponse

from maillage_portal.event_lines import lines
from maillage_portal.visit import Visit

_ENOUGH = 204
"""Tells a browser's EventSource not to ask again."""


async def passed_on(
    visit: Visit,
    service: str,
    path: str,
    *,
    after: str = "",
    line: Callable[[str], str] | None = None,
    **parameters: Any,
) -> Response:
    """The stream at `path` of `service`, resumed where the browser says it was, else after number `after`.

    `line` rewrites each line of it. Without an answer of the service the browser is told to give up: the
    page works without.
    """
    last = visit.request.headers.get("last-event-id") or after
    opened = AsyncExitStack()
    try:
        following = visit.api.stream(service, path, last, **parameters)
        answer = await opened.enter_async_context(following)
    except httpx.TransportError:
        return Response(status_code=_ENOUGH)
    if answer.status_code != 200:
        await opened.aclose()
        return Response(status_code=_ENOUGH)
    pieces = _lines(answer, opened, line) if line else _raw(answer, opened)
    told = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(pieces, media_type="text/event-stream", headers=told)


async def _raw(answer: httpx.Response, opened: AsyncExitStack) -> AsyncIterator[bytes]:
    """The stream until either side goes; the browser comes back by itself when it was the service."""
    async with opened:
        with suppress(httpx.TransportError):
            async for piece in answer.aiter_raw():
                yield piece


async def _lines(
    answer: httpx.Response, opened: AsyncExitStack, line: Callable[[str], str]
) -> AsyncIterator[str]:
    async with opened:
        with suppress(httpx.TransportError):
            async for each in lines(answer.aiter_text()):
                yield f"{line(each)}\n"
