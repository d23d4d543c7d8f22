"""A write transaction of one statement, for the few paths where many people want the same row at once.

What has to be known is read before, without a lock. The statement's guard locks the row and asks again
whether what was decided still holds; the rows are inserted by the same statement if it does, and nothing
happens if it does not. PostgreSQL begins and commits a lone statement by itself: the lock is held for no
round trip at all. Whoever is refused goes the ordinary way, which decides everything under the lock.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

_Shape = tuple[Table, tuple[str, ...], tuple[tuple[str, str], ...]]
"""Of one row: its table, the columns whose values are given, those (with the guard's name) that it knows."""
_LOCK = "at_once_lock"
_plans: dict[tuple[CTE, tuple[_Shape, ...]], _Plan] = {}


def not_at_it_elsewhere() -> ColumnElement[bool]:
    """For the guard: nobody else is at the same request, as its advisory lock says."""
    return func.pg_try_advisory_xact_lock(bindparam(_LOCK, type_=BigInteger()))


class NotAtOnce(Exception):
    """This is not the plain case: to be done in an ordinary transaction, which also says what is wrong."""


@dataclass(frozen=True, slots=True)
class FromGuard:
    """A value that only the guard knows: the column of this name it returns."""

    column: str


@dataclass(frozen=True, slots=True)
class _Plan:
    """The statement for rows of certain columns; of each row, its columns and their parameters' names."""

    statement: Select[Any]
    names: list[list[tuple[str, str]]]


@dataclass
class AtOnce:
    """The transaction while it is put together, on a connection where each statement is one by itself.

    `afterwards` is called once it is committed. `lock` is the advisory lock that `not_at_it_elsewhere` asks
    for; one that nobody else has when None.
    """

    connection: AsyncConnection
    lock: int | None = None
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    _guard: CTE | None = None
    _values: dict[str, Any] = field(default_factory=dict)
    _rows: list[tuple[Table, dict[str, Any]]] = field(default_factory=list)

    async def look(self, statement: Select[Any], **values: Any) -> Row[Any] | None:
        """What has to be known before, as one row or none."""
        found: Row[Any] | None = (await self.connection.execute(statement, values)).one_or_none()
        return found

    def provided(self, guard: CTE, **values: Any) -> None:
        """Do it only if `guard`, an UPDATE with RETURNING, finds its row; `values` are its parameters.

        None of them may have the name of a column: SQLAlchemy would take it for a value to set.
        """
        self._guard = guard
        self._values.update(values)

    def insert(self, table: Table, **values: Any) -> None:
        """One row more. Every column without a default in the database is to be given."""
        self._rows.append((table, values))

    async def commit(self) -> bool:
        """Whether it was done: False when the guard found nothing, or a row that must be unique is there."""
        if self._guard is None:
            return False
        plan = _plan(self._guard, tuple([_shape(table, row) for table, row in self._rows]))
        values = {**self._values, _LOCK: self.lock or secrets.randbits(63)}
        for names, (_, row) in zip(plan.names, self._rows, strict=True):
            values.update({name: row[column] for column, name in names})
        try:
            done = (await self.connection.execute(plan.statement, values)).one_or_none() is not None
        except IntegrityError:
            return False
        for each in self.afterwards if done else ():
            each()
        return done


def _shape(table: Table, row: dict[str, Any]) -> _Shape:
    taken = [(key, each.column) for key, each in row.items() if type(each) is FromGuard]
    given = [key for key, each in row.items() if type(each) is not FromGuard]
    return table, tuple(given), tuple(taken)


def _plan(guard: CTE, shapes: tuple[_Shape, ...]) -> _Plan:
    """Made once for rows of these columns, so that SQLAlchemy compiles it once."""
    key = (guard, shapes)
    if key not in _plans:
        names = [
            [(column, f"row{number}_{column}") for column in given]
            for number, (_, given, _) in enumerate(shapes)
        ]
        _plans[key] = _Plan(_statement(guard, shapes, names), names)
    return _plans[key]


def _statement(guard: CTE, shapes: tuple[_Shape, ...], names: list[list[tuple[str, str]]]) -> Select[Any]:
    inserts = []
    for number, (table, given, taken) in enumerate(shapes):
        columns = [bindparam(name, type_=table.c[key].type).label(key) for key, name in names[number]]
        columns += [guard.c[column].label(key) for key, column in taken]
        filled = [*given, *(key for key, _ in taken)]
        row = insert(table).from_select(filled, select(*columns).select_from(guard), include_defaults=False)
        inserts.append(row.cte(f"row{number}"))
    return select(literal(1)).select_from(guard).add_cte(*inserts)
