"""What SQLAlchemy makes of a statement is kept from test to test, as one service keeps it from call to call.

It is kept by dialect and engine, and each test has an engine of its own: every statement of every test was
compiled again. Here all engines of one driver that are asked for alike have one dialect and one cache.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Self

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.util import LRUCache

STATEMENTS = 2000
"""How many are kept: more than all services have, so that none drives out another's."""

_made: dict[object, Any] = {}


@cache
def _driver(load: Callable[[], Any]) -> Any:
    """What a dialect imports, once: it comes in a new wrapper each time."""
    return load()


class _OfAllTests:
    """A dialect that is made once for all engines with the same arguments."""

    supports_statement_cache = True
    statements: "LRUCache[Any, Any]"

    def __new__(cls, **asked: Any) -> Self:
        known: Self = _made.get((cls, frozenset(asked.items()))) or super().__new__(cls)
        return known

    def __init__(self, **asked: Any) -> None:
        if _made.setdefault((type(self), frozenset(asked.items())), self) is self and not vars(self):
            super().__init__(**asked)
            self.statements = LRUCache(STATEMENTS)

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver, in one wrapper."""
        return _driver(super().import_dbapi)  # type: ignore[misc]

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """Have the engine look for its statements where all do."""
        if isinstance(engine.dialect, _OfAllTests):
            engine.update_execution_options(compiled_cache=engine.dialect.statements)


class Sqlite(_OfAllTests, SQLiteDialect_aiosqlite):
    """SQLite's, shared."""

    supports_statement_cache = True


class Postgres(_OfAllTests, PGDialect_asyncpg):
    """PostgreSQL's, shared."""

    supports_statement_cache = True


def share() -> None:
    """Have engines made from now on in this process share them."""
    registry.register("sqlite.aiosqlite", __name__, Sqlite.__name__)
    registry.register("postgresql.asyncpg", __name__, Postgres.__name__)
