"""SQLite by way of aiosqlite, with one trip to the connection's thread for a statement.

SQLAlchemy's own adapter makes four: for a cursor, the statement, its rows, and to close the cursor. Each
wakes the thread, and then the loop by a socket; short statements cost less than that. Rows were read whole
before too: `session.stream` keeps the cursors that are read bit by bit. The end of a transaction is one trip
as well: the pool's own rollback, after that of the session, finds nothing to do.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_cursor
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_dbapi


class Told(NamedTuple):
    """What a statement has answered."""

    rows: Sequence[Any] = ()
    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None


NOTHING = Told()


class OneTripCursor(AsyncAdapt_dbapi_cursor):
    """A cursor that exists in the thread while its statement runs; the caller sees the answer only."""

    __slots__ = ("_arraysize", "_told")

    _adapt_connection: OneTripConnection

    def __init__(self, adapt_connection: OneTripConnection) -> None:
        """Nothing is asked of the thread yet."""
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._told, self._arraysize = NOTHING, 1
        self._rows = deque()

    @property
    def description(self) -> Any:
        """Name and more of each column; None of a statement without rows."""
        return self._told.description

    @property
    def rowcount(self) -> int:
        """Rows changed; -1 where that is not said."""
        return self._told.rowcount

    @property
    def lastrowid(self) -> Any:
        """The number of the row that was inserted last."""
        return self._told.lastrowid

    @property
    def arraysize(self) -> int:
        """Rows that `fetchmany` gives when not told how many."""
        return self._arraysize

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._arraysize = value

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._ask(operation, () if parameters is None else parameters, many=False)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._ask(operation, seq_of_parameters, many=True)

    async def _ask(self, operation: str, parameters: Any, *, many: bool) -> None:
        opening, thread = self._adapt_connection.begin(), self._connection
        told = await thread._execute(_asked, thread._conn, opening, operation, parameters, many)
        self._told, self._rows = told, deque(told.rows)

    def close(self) -> None:
        """The thread's cursor is closed already."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """The thread's cursor is closed already; the rows stay."""


def _asked(
    connection: sqlite3.Connection, opening: str | None, operation: str, parameters: Any, many: bool
) -> Told:
    """In the thread: the whole statement, after what opens its transaction."""
    cursor = connection.cursor()
    try:
        if opening is not None:
            cursor.execute(opening)
        (cursor.executemany if many else cursor.execute)(operation, parameters)
        rows = cursor.fetchall() if cursor.description else ()
        return Told(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()  # one left half-read in a traceback would keep a transaction open


class OneTripConnection(AsyncAdapt_aiosqlite_connection):
    """A connection of such cursors.

    `opening` is a statement that goes with the next one: a `BEGIN` that takes no lock does nothing before it.
    """

    __slots__ = ("_asked", "opening")

    _cursor_cls = OneTripCursor  # type: ignore[assignment]  # it answers alike, and inherits from its base

    def __init__(self, dbapi: Any, connection: Any) -> None:
        """Nothing is to be opened yet."""
        super().__init__(dbapi, connection)
        self.opening: str | None = None
        self._asked = False

    def begin(self) -> str | None:
        """From now on there is something to end; what to open it with, once."""
        opening, self.opening, self._asked = self.opening, None, True
        return opening

    def cursor(self, server_side: bool = False) -> AsyncAdapt_dbapi_cursor:
        """A cursor; one that is read bit by bit makes its own trips, and the opening one before them."""
        if server_side and (opening := self.begin()) is not None:
            self.execute(opening)
        return super().cursor(server_side)

    def rollback(self) -> None:
        """End the transaction; without a trip when nothing was asked since the last one ended."""
        self.opening = None
        if self._asked:
            super().rollback()
            self._asked = False

    def commit(self) -> None:
        """As `rollback`."""
        self.opening = None
        if self._asked:
            super().commit()
            self._asked = False


class OneTrip(AsyncAdapt_aiosqlite_dbapi):
    """The driver as SQLAlchemy sees it (`create_async_engine(module=…)`)."""

    def __init__(self) -> None:
        """aiosqlite over the standard library's sqlite3."""
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> OneTripConnection:
        """A new connection, with its thread."""
        opened = super().connect(*arg, **kw)
        return OneTripConnection(self, opened._connection)


@cache
def one_trip() -> OneTrip:
    """The driver, one for all engines."""
    return OneTrip()
