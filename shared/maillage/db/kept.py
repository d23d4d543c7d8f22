"""A connection kept at hand for who comes next: taking one from the pool and giving it back costs a request
nearly as much as the two statements it asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

KEPT_SECONDS = 1.0
"""So long a connection is kept without use; the pool asks one that has rested long whether it still works."""


class Kept:
    """Lends connections of `connect`, each statement of which commits by itself, and keeps one between uses.

    One that was lent when something went wrong is never kept, nor one whose server has hung up.
    """

    def __init__(self, connect: Callable[[], AsyncConnection]) -> None:
        self._connect = connect
        self._resting: AsyncConnection | None = None
        self._since = 0.0
        self._watch: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[AsyncConnection]:
        """A connection to oneself."""
        connection = self._take()
        if connection is not None and not _is_alive(connection):
            await connection.close()
            connection = None
        async with AsyncExitStack() as until_given_back:
            if connection is None:
                connection = await until_given_back.enter_async_context(self._connect())
            else:
                until_given_back.push_async_exit(connection)
            yield connection
            if self._resting is None and _is_alive(connection):
                until_given_back.pop_all()
                self._keep(connection)

    async def end(self) -> None:
        """Give the one kept back to its pool."""
        if self._watch is not None:
            self._watch.cancel()
        if (connection := self._take()) is not None:
            await connection.close()

    def _take(self) -> AsyncConnection | None:
        connection, self._resting = self._resting, None
        return connection

    def _keep(self, connection: AsyncConnection) -> None:
        self._resting, self._since = connection, asyncio.get_running_loop().time()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._give_back_when_rested())

    async def _give_back_when_rested(self) -> None:
        while self._resting is not None:
            left = self._since + KEPT_SECONDS - asyncio.get_running_loop().time()
            if left > 0:
                await asyncio.sleep(left)
            elif (connection := self._take()) is not None:
                await connection.close()


def _is_alive(connection: AsyncConnection) -> bool:
    sync = connection.sync_connection
    if sync is None or sync.closed or sync.invalidated:
        return False
    driver = sync.connection.driver_connection
    return driver is not None and not driver.is_closed()
