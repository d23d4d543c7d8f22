"""Telling a value that a database will never take from a database that cannot be asked just now."""

from sqlalchemy.exc import DataError, DBAPIError

DATA_EXCEPTION = "22"
"""The class of SQLSTATEs for values: out of range, too long, not a character."""


def refuses_value(error: BaseException) -> bool:
    """Whether `error` says that a value does not fit its column, so that asking again is of no use."""
    if isinstance(error, OverflowError):
        return True  # how sqlite3 says that an integer has more than 64 bits
    if not isinstance(error, DBAPIError):
        return False
    state = str(getattr(error.orig, "sqlstate", None) or "")
    # asyncpg finds out by itself before it asks the server, and calls that an error of its interface.
    own = isinstance(getattr(error.orig, "__cause__", None), ValueError | OverflowError)
    return isinstance(error, DataError) or state.startswith(DATA_EXCEPTION) or own
