"""Calling an ASGI application in this process over httpx, with answers that stream.

httpx's own ASGITransport collects a whole answer before handing it over, so a stream of server-sent events
would never begin.
"""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import httpx

Message = MutableMapping[str, Any]
PIECES = 64
"""Pieces an application may be ahead of its reader."""


class InProcessTransport(httpx.AsyncBaseTransport):
    """Hands each request to `app`, which may be set after making this.

    As behind a socket, a caller that goes away does not undo the request: the application runs to its end and
    is told of the disconnection.
    """

    def __init__(self, app: Any = None) -> None:
        self.app = app
        self._running: set[asyncio.Task[None]] = set()

    def running(self) -> set[asyncio.Task[None]]:
        """The applications at work, those included whose caller has gone."""
        return set(self._running)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Run the application until its answer starts; the rest streams.

        Raises httpx.RemoteProtocolError when it fails before its answer, as a broken connection would.
        """
        exchange = Exchange(await request.aread())
        task = asyncio.create_task(exchange.run(self.app, _scope(request)))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            status, headers = await asyncio.shield(exchange.started)
        except asyncio.CancelledError:
            exchange.hang_up()
            raise
        return httpx.Response(status, headers=headers, stream=Pieces(exchange), request=request)


def _scope(request: httpx.Request) -> dict[str, Any]:
    url = request.url
    # Only the house's own portal calls this way, so what it says about its visitor holds.
    visitor = request.headers.get("x-forwarded-for", "127.0.0.1").split(",")[0].strip()
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.split(b"?")[0],
        "query_string": url.query,
        "server": (url.host, url.port or (443 if url.scheme == "https" else 80)),
        "client": (visitor, 0),
        "root_path": "",
    }


class Exchange:
    """One request and its answer as they pass between caller and application."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._gone = asyncio.Event()
        self._whole = False
        self.started: asyncio.Future[tuple[int, Any]] = asyncio.get_running_loop().create_future()
        self.pieces: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue(PIECES)

    async def run(self, app: Any, scope: dict[str, Any]) -> None:
        """Run the application to its end. What it raises after a whole answer is its own affair."""
        failure: Exception | None = None
        try:
            await app(scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001  # told to the caller, who raises it
            failure = error
        if not self.started.done():
            lost = httpx.RemoteProtocolError("the application gave no answer")
            lost.__cause__ = failure
            self.started.set_exception(lost)
        elif not self._whole and not self._gone.is_set():
            await self.pieces.put(failure or RuntimeError("the application's answer has no end"))

    def hang_up(self) -> None:
        """The caller no longer wants the answer: what is on its way is dropped."""
        self._gone.set()
        while not self.pieces.empty():
            self.pieces.get_nowait()

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self.started.done():
            self.started.set_result((message["status"], message.get("headers", [])))
        elif message["type"] == "http.response.body" and not self._gone.is_set():
            if message.get("body"):
                await self.pieces.put(bytes(message["body"]))
            if not message.get("more_body", False):
                self._whole = True
                await self.pieces.put(None)


class Pieces(httpx.AsyncByteStream):
    """The answer's body as it comes; closing it early hangs up."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._exchange.pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise httpx.RemoteProtocolError("the application failed within its answer") from piece
            yield piece

    async def aclose(self) -> None:
        """Tell the application, if it is still at it, that nobody listens."""
        self._exchange.hang_up()
