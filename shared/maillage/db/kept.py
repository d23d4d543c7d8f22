"""A connection kept at hand for who comes next: taking one from the pool and giving it back costs a request
nearly as much as the two statements it asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

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

    def lend(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection to oneself."""
        return _Lent(self)

    async def take(self) -> AsyncConnection:
        """The one kept, or another."""
        connection = self._take()
        if connection is not None and not _is_alive(connection):
            await connection.close()
            connection = None
        return connection or await self._connect()

    async def end(self) -> None:
        """Give the one kept back to its pool."""
        if self._watch is not None:
            self._watch.cancel()
        if (connection := self._take()) is not None:
            await connection.close()

    def _take(self) -> AsyncConnection | None:
        connection, self._resting = self._resting, None
        return connection

    def keep(self, connection: AsyncConnection) -> bool:
        """Whether it is kept: one is enough, and this one has to be good."""
        if self._resting is not None or not _is_alive(connection):
            return False
        self._resting, self._since = connection, asyncio.get_running_loop().time()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._give_back_when_rested())
        return True

    async def _give_back_when_rested(self) -> None:
        while self._resting is not None:
            left = self._since + KEPT_SECONDS - asyncio.get_running_loop().time()
            if left > 0:
                await asyncio.sleep(left)
            elif (connection := self._take()) is not None:
                await connection.close()


class _Lent(AbstractAsyncContextManager[AsyncConnection]):
    # A class: the generator that it would be with contextlib costs a request what a statement does.

    __slots__ = ("_connection", "_kept")
    _connection: AsyncConnection

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def __aenter__(self) -> AsyncConnection:
        self._connection = await self._kept.take()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, *rest: Any) -> None:
        if kind is not None or not self._kept.keep(self._connection):
            await self._connection.__aexit__(kind, *rest)


def _is_alive(connection: AsyncConnection) -> bool:
    sync = connection.sync_connection
    if sync is None or sync.closed or sync.invalidated:
        return False
    driver = sync.connection.driver_connection
    return driver is not None and not driver.is_closed()
