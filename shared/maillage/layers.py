"""Thin layers that services and pages have alike: a limit on bodies, HEAD answered as GET.

Nothing here needs a database, which the pages have not.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maillage.errors import TooLarge


class BodyLimitMiddleware:
    """Refuses a body over `limit` bytes, whether announced by Content-Length or sent in chunks."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self.app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        seen = int(announced) if announced.isascii() and announced.isdigit() else 0
        read = 0

        async def limited() -> Message:
            # Refused where the route reads the body, so that the answer is the route's kind of problem.
            nonlocal read
            if seen > self._limit:
                raise TooLarge(limit=self._limit)
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise TooLarge(limit=self._limit)
            return message

        await self.app(scope, limited, send)


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
