"""One service's database: write transactions that never lose an update, reads that never write."""

import asyncio
import math
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from maillage.db.gathering import Gathering
from maillage.db.kept import Kept
from maillage.db.patient import PatientAsyncSession

if TYPE_CHECKING:
    from maillage.db.threads import Threads

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
IDLE_SECONDS = 5.0
"""After so long without use a connection to PostgreSQL is asked whether it still works."""

SILENCE = {"TCP_USER_TIMEOUT": 10_000, "TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3}
"""When PostgreSQL is held to be gone: milliseconds without an answer to what was sent; seconds of rest before
it is asked for a sign of life, between two such questions, and how many of them."""

RESTS_IN_TRANSACTION = "60s"
"""So long a transaction may wait for us before PostgreSQL ends it: a process that is frozen, its connections
alive, would hold its locks for as long as it is, and every replica would wait for them.
"""

RANDOM_PAGE = "1.1"
"""What PostgreSQL is to reckon a page out of order to cost, one in order being 1: the data fits into memory.

With its own 4, for turning disks, it reads a table whole that is small or that nobody has counted yet, and
keeps to it for as long as the statement is prepared, however the table grows (docs/adr/0063).
"""

SQLITE_PRAGMAS = (
    "busy_timeout=10000",  # first: switching to WAL may itself have to wait
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
)


def async_url(url: str) -> URL:
    """The URL with the driver this kit uses; ValueError for a database it does not know."""
    parsed = make_url(url)
    family = parsed.get_backend_name()
    if family not in DRIVERS:
        raise ValueError(f"maillage runs on SQLite and PostgreSQL, not on {family}")
    if family == "sqlite" and not parsed.database:
        raise ValueError("SQLite in memory has one connection only: name a file")
    return parsed.set(drivername=DRIVERS[family])


class Database:
    """The engine of one service.

    `write()` is a transaction that commits at its end and rolls back on any exception. On SQLite it is
    BEGIN IMMEDIATE and writers of this process queue on a lock rather than on SQLite's busy time-out.
    `read()` refuses to write. `gathering` does what many ask at once, in statements
    that commit by themselves. `dialect` is "sqlite" or "postgresql".
    """

    def __init__(self, url: str, *, pool_size: int = 4, max_overflow: int = 2) -> None:
        self._url, parsed = url, async_url(url)
        self.dialect = parsed.get_backend_name()
        self._threads: Threads | None = None
        if self.dialect == "sqlite":
            from maillage.db import threads  # brings aiosqlite along, which PostgreSQL does without

            self._threads = threads.Threads()
            sqlite = partial(_sqlite_engine, parsed, self._threads)
            self.engine = sqlite(begin="BEGIN IMMEDIATE", pool_size=1, max_overflow=0)
            self._read_engine = sqlite(
                begin="BEGIN", pool_size=pool_size, max_overflow=max_overflow, read_only=True
            )
        else:
            self.engine = _postgres_engine(parsed, pool_size=pool_size, max_overflow=max_overflow)
            self._read_engine = self.engine.execution_options(postgresql_readonly=True)
        alone = self._read_engine if self.dialect == "sqlite" else self.engine
        if self.dialect != "sqlite":
            alone = alone.execution_options(isolation_level="AUTOCOMMIT")
        self._alone, self._kept = alone, Kept(alone.connect)
        self.gathering = Gathering(self.alone, self._kept.lend)
        self._glance_session = async_sessionmaker(alone, expire_on_commit=False, autoflush=False)
        self._write_session = async_sessionmaker(
            self.engine, expire_on_commit=False, class_=PatientAsyncSession
        )
        self._read_session = async_sessionmaker(self._read_engine, expire_on_commit=False, autoflush=False)
        self._write_lock = asyncio.Lock()
        self._writer: asyncio.Task[Any] | None = None

    def apart(self) -> "Database":
        """The same database for work that must not queue behind requests: two connections of its own.

        On SQLite, whose writers are one queue, it is this object itself. Whoever asks disposes of it.
        """
        return self if self.dialect == "sqlite" else Database(self._url, pool_size=2, max_overflow=0)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session in a write transaction: committed when the block ends, rolled back when it raises."""
        if self.dialect != "sqlite":
            async with self._write_session.begin() as session:
                yield session
            return
        async with self._sole_writer(), self._write_session.begin() as session:
            # SQLAlchemy begins at the first statement; begin now so that what is read cannot be stale.
            await session.connection()
            yield session

    @asynccontextmanager
    async def _sole_writer(self) -> AsyncIterator[None]:
        task = asyncio.current_task()
        if self._writer is not None and self._writer is task:
            raise RuntimeError("a write transaction inside a write transaction of the same task")
        async with self._write_lock:
            self._writer = task
            try:
                yield
            finally:
                self._writer = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one consistent state and cannot write; nothing is committed."""
        async with self._read_session() as session:
            yield session

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[AsyncSession]:
        """A session whose statements see one state each, and cost PostgreSQL one round trip each.

        For a single read that happens all the time. It could write on PostgreSQL; nobody should.
        """
        async with self._glance_session() as session:
            yield session

    def alone(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection whose statements begin and commit by themselves, without the cost of a session."""
        return self._alone.connect()

    async def scrub(self) -> None:
        """Make what was deleted leave SQLite's files at once (nothing to do on PostgreSQL).

        VACUUM rewrites the pages, because secure_delete leaves traces where pages were rebalanced; then the
        write-ahead log, which still holds the old pages, is emptied. Raises TimeoutError when readers keep
        the log busy for more than ten seconds.
        """
        path = self.engine.url.database
        if self.dialect != "sqlite" or path is None:
            return
        import aiosqlite  # a service on PostgreSQL does without it and the library it brings along

        async with self._sole_writer(), aiosqlite.connect(path, isolation_level=None) as connection:
            for pragma in SQLITE_PRAGMAS:
                await _first_value(connection, f"PRAGMA {pragma}")
            await _first_value(connection, "VACUUM")
            if await _first_value(connection, "PRAGMA wal_checkpoint(TRUNCATE)"):  # waits for readers
                raise TimeoutError("a long read keeps SQLite's write-ahead log from being emptied")

    async def ping(self) -> None:
        """Raise whatever the driver raises when the database does not answer."""
        async with self.read() as session:
            await session.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        """Close every connection."""
        await self.gathering.end()
        await self._kept.end()
        await self._read_engine.dispose()
        await self.engine.dispose()
        if self._threads is not None:
            await self._threads.ended()


async def _first_value(connection: Any, statement: str) -> Any:
    async with connection.execute(statement) as cursor:
        row = await cursor.fetchone()
    return row[0] if row else None


def _postgres_engine(url: URL, *, pool_size: int, max_overflow: int) -> AsyncEngine:
    """Connections are looked at before they are lent out, as `pool_pre_ping` does, which asks the server each
    time and in a transaction: three round trips. A closed one is known by itself; only one that has been
    idle, whose peer may be gone without a word, is asked.
    """
    # None beyond the pool: such a one is closed after each use, and opening one costs more than a request.
    settings = {
        "idle_in_transaction_session_timeout": RESTS_IN_TRANSACTION,
        "random_page_cost": RANDOM_PAGE,
    }
    told = {"server_settings": settings}
    engine = create_async_engine(url, pool_size=pool_size + max_overflow, max_overflow=0, connect_args=told)
    dialect = engine.sync_engine.dialect

    end_when_silent(engine)

    @event.listens_for(engine.sync_engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: Any, record: Any, _fairy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        if time.monotonic() - record.info.get("used", math.inf) > IDLE_SECONDS:
            try:
                dialect.do_ping(connection)
            except dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

    return engine


def end_when_silent(engine: AsyncEngine) -> None:
    """Have the kernel end a connection to PostgreSQL whose peer is gone without a word within seconds.

    A cable was pulled, a machine is off: by itself the kernel goes on sending for a quarter of an hour, and
    whoever holds the connection waits for that, even to give it up.
    """

    # Before SQLAlchemy's own listeners: they ask the server, and would wait for ever without it.
    @event.listens_for(engine.sync_engine, "connect", insert=True)
    def prepare(connection: Any, _record: Any) -> None:
        # asyncpg has no parameter for what libpq calls tcp_user_timeout and keepalives.
        sock = connection.driver_connection._transport.get_extra_info("socket")
        if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in SILENCE.items():
            if (option := getattr(socket, name, None)) is not None:  # as far as this system has them
                sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _sqlite_engine(
    url: URL, threads: "Threads", *, begin: str, pool_size: int, max_overflow: int, read_only: bool = False
) -> AsyncEngine:
    from maillage.db.one_trip import one_trip  # brings aiosqlite along, as above

    told = {"module": one_trip(), "connect_args": {"async_creator_fn": threads.connection}}
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=max_overflow, **told)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # the driver begins nothing behind our back
        cursor = dbapi_connection.cursor()
        for pragma in SQLITE_PRAGMAS + (("query_only=ON",) if read_only else ()):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "invalidate")
    def give_up_its_lock(dbapi_connection: Any, _record: Any, _error: Any) -> None:
        # A cancelled task's connection is closed, which ends its transaction only once no half-read cursor is
        # left; the traceback of its own cancellation holds one. Queued before the closing, whatever comes.
        with suppress(BaseException):
            dbapi_connection.rollback()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Any) -> None:
        if read_only:  # a deferred BEGIN does nothing before the first read, so it goes along with that
            connection.connection.dbapi_connection.opening = begin
        else:
            connection.exec_driver_sql(begin)

    return engine
