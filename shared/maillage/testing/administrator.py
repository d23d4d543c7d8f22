"""One connection for the statements that are about whole databases, kept for all tests of a process.

A connection belongs to the event loop that opened it, and each test has a loop of its own. To connect twice
for each test, to make its database and to drop it, was a third of what its database cost.
"""

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Any

import asyncpg

PATIENCE = 120
"""Seconds until nobody is connected any more; PostgreSQL itself waits for five."""
# Half the processor time of writing every page of a copy to the log, which no test reads.
AS_FILES = " STRATEGY = FILE_COPY"


class Administrator:
    """Runs statements at one server, one after another, from whichever loop it is asked."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="administrator", daemon=True)
        self._thread.start()
        self._one_at_a_time = asyncio.Lock()
        self._connection: asyncpg.Connection[Any] | None = None

    async def run(self, statement: str) -> None:
        """Run one until it is done. Raises what PostgreSQL answers, and TimeoutError."""
        await asyncio.wrap_future(self._sent(self._run(statement)))

    async def copy(self, statement: str) -> None:
        """As `run`, for one that copies a database: in the cheapest way that this server knows."""
        await asyncio.wrap_future(self._sent(self._run(statement, copied=True)))

    def close(self) -> None:
        """Leave the server."""
        self._sent(self._leave()).result(timeout=PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _sent(self, work: Any) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _run(self, statement: str, *, copied: bool = False) -> None:
        async with self._one_at_a_time, asyncio.timeout(PATIENCE):
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._url)
            if copied and self._connection.get_server_version() >= (15,):
                statement += AS_FILES
            while True:
                # A connection that was closed may still be on its way out at a busy server.
                with suppress(asyncpg.ObjectInUseError):
                    await self._connection.execute(statement)
                    return

    async def _leave(self) -> None:
        if self._connection is not None:
            await self._connection.close()
