"""A write transaction of one statement, for the few paths where many people want the same row at once.

What has to be known is read before, without a lock. The statement's guard locks the row and asks again
whether what was decided still holds; the rows are inserted by the same statement if it does, and nothing
happens if it does not. PostgreSQL begins and commits a lone statement by itself: the lock is held for no
round trip at all. Whoever is refused goes the ordinary way, which decides everything under the lock.

Requests that wait at the same time share a statement (see `gathering`), in which each is granted or refused
by itself. It passes over rows that others hold: one of them would keep all waiting, and who waits for a lock
while she holds others may wait for ever. Those refused try again with only those who want the same row.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from maillage.db.gathering import Entered
from maillage.db.in_one import LOCK, Forms, FromGuard, Guard, Look, Shape, plan_of


class NotAtOnce(Exception):
    """This is not the plain case: to be done in an ordinary transaction, which also says what is wrong."""


@dataclass(frozen=True, slots=True)
class _Inserted:
    table: Table
    values: dict[str, Any]
    contested: bool

    @property
    def shape(self) -> Shape:
        taken = [(key, each.column) for key, each in self.values.items() if type(each) is FromGuard]
        given = [key for key, each in self.values.items() if type(each) is not FromGuard]
        return Shape(self.table, tuple(given), tuple(taken), self.contested)


@dataclass
class AtOnce:
    """The transaction while it is put together.

    `afterwards` is called once it is committed. `lock` is the advisory lock that keeps others from the same
    request; one that nobody else has when None.
    """

    entered: Entered
    lock: int | None = None
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    _guard: Guard | None = None
    _values: dict[str, Any] = field(default_factory=dict)
    _rows: list[_Inserted] = field(default_factory=list)

    async def look(self, look: Look, **values: Any) -> Any:
        """What has to be known before, as one row (a named tuple) or None."""
        return await self.entered.do(look, partial(_see, look), values)

    def provided(self, guard: Guard, **values: Any) -> None:
        """Do it only if `guard` grants it; `values` are what it is given."""
        self._guard = guard
        self._values.update(values)

    def insert(self, table: Table, *, contested: bool = False, **values: Any) -> None:
        """One row more. Columns left out are NULL, or have a default in the database.

        `contested`: one with the same primary key may be there, which refuses this transaction.
        """
        self._rows.append(_Inserted(table, values, contested))

    async def commit(self) -> bool:
        """Whether it was done: False when the guard refused it, or a row that must be unique is there."""
        guard = self._guard
        if guard is None:
            return False
        shapes = tuple([row.shape for row in self._rows])
        values = {**self._values, LOCK: self.lock or secrets.randbits(63)}
        for number, row in enumerate(self._rows):
            values.update({f"row{number}_{column}": value for column, value in row.values.items()})
        done = await self._try(plan_of(guard, shapes, waits=False), values, None)
        if not done:
            done = await self._try(plan_of(guard, shapes, waits=True), values, self._values[guard.row])
        for each in self.afterwards if done else ():
            each()
        return done

    async def _try(self, plan: Forms, values: dict[str, Any], row: Any) -> bool:
        try:
            return bool(await self.entered.do((plan, row), partial(_write, plan), values))
        except IntegrityError:
            return False


async def _see(look: Look, connection: AsyncConnection, asked: Sequence[Any]) -> list[Any]:
    rows = {row.nr: row for row in await look.forms.ask(connection, asked)}
    return [rows.get(number) for number, _ in enumerate(asked, start=1)]


async def _write(plan: Forms, connection: AsyncConnection, asked: Sequence[Any]) -> list[bool]:
    granted = {row.nr for row in await plan.ask(connection, asked)}
    return [number in granted for number, _ in enumerate(asked, start=1)]
