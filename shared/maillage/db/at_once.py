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

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, Table, bindparam, func, insert, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

_Shape = tuple[tuple[Table, tuple[str, ...], tuple[tuple[str, str], ...]], ...]
_LOCK = "at_once_lock"
_statements: dict[tuple[CTE, _Shape], Select[Any]] = {}


def not_at_it_elsewhere() -> ColumnElement[bool]:
    """For the guard: nobody else is at the same request, as its advisory lock says."""
    return func.pg_try_advisory_xact_lock(bindparam(_LOCK, type_=BigInteger()))


class NotAtOnce(Exception):
    """This is not the plain case: to be done in an ordinary transaction, which also says what is wrong."""


@dataclass(frozen=True, slots=True)
class FromGuard:
    """A value that only the guard knows: the column of this name it returns."""

    column: str


@dataclass
class AtOnce:
    """The transaction while it is put together. `session` reads; each of its statements is by itself.

    `afterwards` is called once it is committed. `lock` is the advisory lock that `not_at_it_elsewhere` asks
    for; one that nobody else has when None.
    """

    session: AsyncSession
    lock: int | None = None
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    _guard: CTE | None = None
    _values: dict[str, Any] = field(default_factory=dict)
    _rows: list[tuple[Table, dict[str, Any]]] = field(default_factory=list)

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
        statement = _prepared(self._guard, tuple(map(_shape, self._rows)))
        values = {**self._values, _LOCK: self.lock or secrets.randbits(63)}
        for number, (_, row) in enumerate(self._rows):
            values.update((_name(number, key), each) for key, each in row.items() if _is_given(each))
        connection = await self.session.connection()
        try:
            done = (await connection.execute(statement, values)).one_or_none() is not None
        except IntegrityError:
            return False
        for each in self.afterwards if done else ():
            each()
        return done


def _is_given(value: Any) -> bool:
    return not isinstance(value, FromGuard)


def _name(number: int, column: str) -> str:
    return f"row{number}_{column}"


def _shape(row: tuple[Table, dict[str, Any]]) -> Any:
    table, values = row
    given = tuple(key for key, each in values.items() if _is_given(each))
    taken = tuple((key, each.column) for key, each in values.items() if isinstance(each, FromGuard))
    return table, given, taken


def _prepared(guard: CTE, shape: _Shape) -> Select[Any]:
    """The statement for rows of these columns; made once, so that SQLAlchemy compiles it once."""
    key = (guard, shape)
    if key not in _statements:
        _statements[key] = _statement(guard, shape)
    return _statements[key]


def _statement(guard: CTE, shape: _Shape) -> Select[Any]:
    inserts = []
    for number, (table, given, taken) in enumerate(shape):
        columns = [bindparam(_name(number, key), type_=table.c[key].type).label(key) for key in given]
        columns += [guard.c[column].label(key) for key, column in taken]
        names = [*given, *(key for key, _ in taken)]
        row = insert(table).from_select(names, select(*columns).select_from(guard), include_defaults=False)
        inserts.append(row.cte(f"row{number}"))
    return select(literal(1)).select_from(guard).add_cte(*inserts)
