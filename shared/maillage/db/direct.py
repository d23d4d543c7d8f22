"""A statement asked of PostgreSQL's driver itself, for the few that are asked with every request of a rush.

SQLAlchemy makes its text and what turns values into parameters and back, once. What it does besides at each
execution (hashing the statement to find the text again, a context, a cursor, a result, a greenlet) takes the
processor three times as long as the driver and the kernel need to ask. Errors are SQLAlchemy's all the same.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Dialect, Select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ResourceClosedError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]


class Direct:
    """A SELECT, whose CTEs may write, as a statement that begins and commits by itself."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._made: _Made | None = None

    async def fetch(self, connection: AsyncConnection, values: Mapping[str, Any]) -> list[Any]:
        """The rows as named tuples; a column whose name is taken by one before it has none.

        `connection` is one of `Database.alone` and nobody else's meanwhile. Raises DBAPIError; with
        `connection_invalidated` where the connection broke, and then nobody knows whether it was done.
        """
        made = self._made = self._made or _make(self._statement, connection.dialect)
        driver = _driver_of(connection)
        try:
            found = await driver.fetch(made.text, *made.arguments(values))
        except Exception as error:
            if driver.is_closed():
                # SQLAlchemy is to find out by itself, for its pool's sake: this raises.
                await connection.exec_driver_sql("SELECT 1")
            if (known := _translated(error, made.text)) is None:
                raise
            raise known from error
        except BaseException as error:
            await connection.invalidate(error)  # cancelled: nobody knows what it is doing now
            raise
        return made.rows(found)


class _Parameter(NamedTuple):
    """Where a parameter has its value from: `name`, or when None it is the statement's own `constant`."""

    name: str | None
    constant: Any
    convert: Convert | None


@dataclass(frozen=True, slots=True)
class _Made:
    """What the driver is given and what becomes of its answer."""

    text: str
    parameters: tuple[_Parameter, ...]
    row: Callable[[Sequence[Any]], Any]
    converts: tuple[tuple[int, Convert], ...]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The parameters in their order."""
        return [
            constant if name is None else convert(values[name]) if convert else values[name]
            for name, constant, convert in self.parameters
        ]

    def rows(self, found: Sequence[Any]) -> list[Any]:
        """The driver's rows with values as SQLAlchemy gives them."""
        return [self.row(self._converted(each)) for each in found]

    def _converted(self, record: Sequence[Any]) -> list[Any]:
        values = list(record)
        for place, convert in self.converts:
            values[place] = convert(values[place])
        return values


def _make(statement: Select[Any], dialect: Dialect) -> _Made:
    compiled = statement.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler) or compiled.positiontup is None or compiled.post_compile_params:
        raise TypeError(
            "a statement with a text of its own for each execution, or without numbered parameters"
        )
    parameters = [_parameter(compiled.binds[name], name, dialect) for name in compiled.positiontup]
    columns = statement.selected_columns.items()
    converts = [column.type.dialect_impl(dialect).result_processor(dialect, None) for _, column in columns]
    row = namedtuple("Row", [name for name, _ in columns], rename=True)  # type: ignore[misc]
    return _Made(
        compiled.string,
        tuple(parameters),
        row._make,
        tuple((place, convert) for place, convert in enumerate(converts) if convert),
    )


def _parameter(bind: BindParameter[Any], name: str, dialect: Dialect) -> _Parameter:
    convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.required:
        return _Parameter(name, None, convert)
    return _Parameter(None, convert(bind.value) if convert else bind.value, None)


def _driver_of(connection: AsyncConnection) -> Any:
    """What SQLAlchemy's connection stands on. Raises InvalidRequestError for one that is closed."""
    if (sync := connection.sync_connection) is None:
        raise ResourceClosedError("This connection is closed")
    return sync.connection.driver_connection


def _translated(error: Exception, text: str) -> DBAPIError | None:
    """The error as SQLAlchemy calls it; None for one that is not the driver's."""
    import asyncpg  # a service on SQLite does without it

    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return IntegrityError(text, None, error)
    if isinstance(error, asyncpg.InterfaceError):
        # Of a value the driver says so before it asks the server.
        return (DataError if isinstance(error, ValueError) else InterfaceError)(text, None, error)
    return DBAPIError(text, None, error) if isinstance(error, asyncpg.PostgresError) else None
