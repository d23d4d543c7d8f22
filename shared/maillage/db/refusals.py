"""Telling a value that a database will never take from a database that cannot be asked just now."""

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

DATA_EXCEPTION = "22"
"""The class of SQLSTATEs for values: out of range, too long, not a character."""

OUTAGES = ("08", "25006", "25P03", "28", "3D", "53", "57P", "58")
"""SQLSTATEs, or how they begin: connection, a server that only reads (a standby, a failover), a transaction
ended for having rested, no admission (a password changed), no such database, resources (a full disk among
them), operator intervention, errors of the system beneath.
"""

CONTENTION = ("40001", "40P01", "55P03")
"""SQLSTATEs of who met another transaction: serialization, deadlock, a lock not to be had in time."""

OUTAGES_OF_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
"""SQLite's primary result codes (https://sqlite.org/rescode.html) for a file that cannot be had just now."""
_SHORT_OF_MEMORY = "53200"


def refuses_value(error: BaseException) -> bool:
    """Whether `error` says that a value does not fit its column, so that asking again is of no use."""
    if isinstance(error, OverflowError):
        return True  # how sqlite3 says that an integer has more than 64 bits
    if not isinstance(error, DBAPIError):
        return False
    # asyncpg finds out by itself before it asks the server, and calls that an error of its interface.
    own = isinstance(getattr(error.orig, "__cause__", None), ValueError | OverflowError)
    return isinstance(error, DataError) or _state(error).startswith(DATA_EXCEPTION) or own


def is_outage(error: BaseException) -> bool:
    """Whether `error` says that the database is away, full or overloaded, whatever it was asked."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, PoolTimeoutError)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in OUTAGES_OF_SQLITE  # the rest of an extended code says more of the same
    return error.connection_invalidated or _state(error).startswith(OUTAGES)


def is_contention(error: BaseException) -> bool:
    """Whether `error` says that another transaction was in the way: the same question may go well at once."""
    return isinstance(error, DBAPIError) and _state(error) in CONTENTION


def ends_connection(error: BaseException) -> bool:
    """Whether an outage may be the doing of what was asked: a question can end its connection."""
    if not isinstance(error, DBAPIError):
        return False
    state = _state(error)
    lost = state.startswith(("08", "57P")) or state == _SHORT_OF_MEMORY
    return error.connection_invalidated or lost


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")
