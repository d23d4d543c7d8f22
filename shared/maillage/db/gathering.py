"""Calls of one kind that come while one is under way are done together: the next statement serves them all.

Nobody waits for company: a call that finds nobody at it begins with the event loop's next turn, with
whoever came in the same, and who is alone in the house asks over a connection of her own. The slower a
statement is, the more gather behind it: the database is asked the less often, the more it has to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from maillage.tasks import end

MOST = 64
"""Calls in one statement at most: it holds its locks until all of them are written."""

Connect = Callable[[], AbstractAsyncContextManager[Any]]
Work = Callable[[AsyncConnection, Sequence[Any]], Awaitable[Sequence[Any]]]
"""Does what several calls ask, as one statement, all of it or nothing; the outcome of each in their order."""


@dataclass(slots=True)
class _Call:
    asked: Any
    outcome: asyncio.Future[Any]


class Gathering:
    """The calls of one process to one database. `connect` gives a connection that commits each statement.

    `at_hand` gives one to who is alone, `connect` when None. Batches do not take it: the turns of the event
    loop in which theirs is given back are those in which the next batch gathers.
    """

    def __init__(self, connect: Connect, at_hand: Connect | None = None) -> None:
        self.connect, self.at_hand = connect, at_hand or connect
        self.inside = 0
        self._waiting: dict[Hashable, list[_Call]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def do(self, kind: Hashable, work: Work, asked: Any) -> Any:
        """The outcome of this call, done with those of the same kind that wait at the same time.

        Raises what `work` raised for it. A call whose caller is gone is left out unless it has begun.
        """
        call = _Call(asked, asyncio.get_running_loop().create_future())
        if kind in self._waiting:
            self._waiting[kind].append(call)
        else:
            self._waiting[kind] = [call]
            # In no caller's context: the work is not hers alone.
            task = asyncio.create_task(self._run(kind, work), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await call.outcome

    async def end(self) -> None:
        """End what is under way; its callers are cancelled."""
        await end(list(self._tasks))

    async def _run(self, kind: Hashable, work: Work) -> None:
        batch: list[_Call] = []
        try:
            while waiting := self._waiting[kind]:
                batch = [call for call in waiting[:MOST] if not call.outcome.done()]
                del waiting[:MOST]
                if batch:
                    await self._together(work, batch)
        finally:
            for call in [*batch, *self._waiting.pop(kind)]:  # only if this task is ended from outside
                call.outcome.cancel()

    async def _together(self, work: Work, batch: Sequence[_Call]) -> None:
        """Do the calls; each by itself where one of them spoils it for the others."""
        try:
            async with self.connect() as connection:
                outcomes = await work(connection, [call.asked for call in batch])
        except Exception as error:  # noqa: BLE001  (whatever it is, it is the callers' to know)
            if len(batch) == 1 or _is_in_doubt(error):
                for call in batch:
                    _settle(call, error)
                return
            for call in batch:
                await self._together(work, [call])
        else:
            for call, outcome in zip(batch, outcomes, strict=True):
                _settle(call, outcome)


class Entered:
    """Somebody who has calls to make, from entering to leaving. Alone, she does not pay for company.

    What is hers alone ends with her if she is cancelled, as nobody shares it.
    """

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._own: AbstractAsyncContextManager[Any] | None = None
        self._connection: Any = None

    async def __aenter__(self) -> Entered:
        self._gathering.inside += 1
        return self

    async def __aexit__(self, *raised: Any) -> None:
        self._gathering.inside -= 1
        if self._own is not None:
            await self._own.__aexit__(*raised)

    async def do(self, kind: Hashable, work: Work, asked: Any) -> Any:
        """As `Gathering.do`."""
        if self._gathering.inside > 1:
            return await self._gathering.do(kind, work, asked)
        if self._own is None:
            own = self._gathering.at_hand()
            self._connection, self._own = await own.__aenter__(), own
        return (await work(self._connection, [asked]))[0]


def _is_in_doubt(error: Exception) -> bool:
    """Whether it may have been committed all the same: the connection broke, and nobody can say."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _settle(call: _Call, outcome: Any) -> None:
    if call.outcome.done():  # her caller is gone
        return
    if isinstance(outcome, Exception):
        call.outcome.set_exception(outcome)
    else:
        call.outcome.set_result(outcome)
