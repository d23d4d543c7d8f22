"""A TCP proxy between a service and what it talks to: it can cut, refuse and delay."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Proxy:
    """Forwards a port of its own to `target`, as far as it is let.

    `delay`: seconds every piece of data is held back, in both directions, in its order.
    """

    def __init__(self, target: int) -> None:
        self.target, self.delay, self.port = target, 0.0, 0
        self._open, self._through = True, asyncio.Event()
        self._through.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End for good."""
        self.cut()
        if self._server is not None:
            self._server.close()

    def cut(self) -> None:
        """End every connection and refuse new ones until `mend()`."""
        self._open = False
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def pull(self) -> None:
        """Let nothing through until `mend()`, and end no connection: what is sent meanwhile is late."""
        self._through.clear()

    def mend(self) -> None:
        """Let connections through again, without delay."""
        self._open, self.delay = True, 0.0
        self._through.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._through.wait()
                sink.write(data)
                await sink.drain()
        sink.transport.abort()
        self._writers.discard(sink)
