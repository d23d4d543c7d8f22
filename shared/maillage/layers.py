"""Thin layers that services and pages have alike: limits on bodies, HEAD answered as GET.

Nothing here needs a database, which the pages have not.
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maillage.errors import TooLarge, TooSlow

BODY_SECONDS = 60.0
"""How long a whole body may take. The largest, 1 MB, comes in time at 140 kbit/s, as over a poor mobile line;
a byte now and then keeps nothing open for longer."""

HUNG_UP = 499
"""The status noted for a request whose client went before all of it had come. Nobody is sent it; it is no
failure of ours, which would raise an alert, nor something done."""


class BodyLimitMiddleware:
    """Refuses a body over `limit` bytes, whether announced or sent in chunks, and one that takes longer than
    BODY_SECONDS: its connection is closed with the answer, or the sender would go on.
    """

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self.app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(Headers(scope=scope), receive, self._limit)

        async def closing(message: Message) -> None:
            if body.late and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self.app(scope, body.receive, closing)


class _Body:
    """One request's body as it comes, refused where a route reads it: the answer is that route's kind."""

    def __init__(self, headers: Headers, receive: Receive, limit: int) -> None:
        announced = headers.get("content-length", "0")
        self._announced = int(announced) if announced.isascii() and announced.isdigit() else 0
        self._receive, self._limit = receive, limit
        self._read, self._more = 0, True
        self._end = asyncio.get_running_loop().time() + BODY_SECONDS
        self.late = False

    async def receive(self) -> Message:
        """The next piece; once all has come, one may wait for the client to go for as long as one likes."""
        if self._announced > self._limit:
            raise TooLarge(limit=self._limit)
        try:
            async with asyncio.timeout_at(self._end if self._more else None):
                message = await self._receive()
        except TimeoutError:
            self.late = True
            raise TooSlow(seconds=int(BODY_SECONDS)) from None
        self._more = message.get("more_body", False)
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            raise TooLarge(limit=self._limit)
        return message


class HeadMiddleware:
    """Answers HEAD as GET without its body, on every route: routers declare GET alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            # Ended at once, whatever follows: an event stream, which has no end, then sees its reader leave.
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        # A copy: the server must go on knowing that this is HEAD, or it misses the announced body.
        asked = {**scope, "method": "GET"}
        try:
            await self.app(asked, receive, without_body)
        finally:
            scope.update(asked, method="HEAD")
