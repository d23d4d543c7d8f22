"""The statements of `at_once`, each in two forms: for one who asks alone, and for however many.

The form for many takes a list for each parameter, one value for each of those who ask, so that its text is
the same however many they are and each connection prepares it once. For one alone, lists would cost more
than they save. Whoever asks has a number, `nr`, from 1 in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    Table,
    and_,
    bindparam,
    column,
    exists,
    func,
    insert,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.types import TypeEngine

from maillage.db.direct import Direct

LOCK = "at_once_lock"
ONE = literal_column("1", BigInteger()).label("nr")
"""The number of one who asks alone."""

Types = Mapping[str, TypeEngine[Any]]
Values = Mapping[str, ColumnElement[Any]] | ReadOnlyColumnCollection[str, Any]
"""What is asked, by names: the values of one, or the columns of a table of many."""

Contested = Sequence[tuple[int, Table]]


@dataclass(frozen=True, slots=True)
class FromGuard:
    """A value that only the guard knows: the column of this name it returns."""

    column: str


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """A statement for one who asks alone and for many; `given` are the names of its parameters."""

    given: tuple[str, ...]
    alone: Direct
    many: Direct

    @classmethod
    def of(cls, given: Types, both: Iterable[Select[Any]]) -> Forms:
        """From the two SELECTs."""
        return cls(tuple(given), *map(Direct, both))

    async def ask(self, connection: AsyncConnection, asked: Sequence[dict[str, Any]]) -> list[Any]:
        """What `Direct.fetch` gives for those who ask."""
        if len(asked) == 1:
            return await self.alone.fetch(connection, asked[0])
        return await self.many.fetch(
            connection, {name: [each[name] for each in asked] for name in self.given}
        )


class Look:
    """A read of one row or none for each who asks.

    `of` makes the SELECT from the table of those who ask, whose columns are `given` and `nr`; a row of the
    answer has its `nr` last.
    """

    def __init__(self, of: Callable[[FromClause], Select[Any]], **given: TypeEngine[Any]) -> None:
        own = [value.label(name) for name, value in _alone(given).items()]
        both = select(*own, ONE).subquery("asked"), _asked(_many(given), [])
        self.forms = Forms.of(given, [of(asked).add_columns(asked.c.nr) for asked in both])


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """What has to hold, and the row whose lock is had while it is asked and until all is written.

    `of` makes a table of those it grants (`nr`, and what `FromGuard` asks for) from the table of those who
    ask, whose columns are `given` and `nr`. It is to wait for the row's lock if its second argument says so,
    and to pass over a locked row if not. `row` is the name of the value that tells the row.

    `alone` makes the same of the values of one, by their names, if besides its third argument holds: most
    of what keeps many apart costs her more than what she asks for.
    """

    row: str
    of: Callable[[CTE, bool], CTE]
    alone: Callable[[Values, bool, ColumnElement[bool]], CTE]
    given: tuple[tuple[str, TypeEngine[Any]], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a row to insert: its table, the columns whose values are given, those that the guard knows."""

    table: Table
    given: tuple[str, ...]
    taken: tuple[tuple[str, str], ...]
    contested: bool


_plans: dict[tuple[Guard, tuple[Shape, ...], bool], Forms] = {}


def plan_of(guard: Guard, shapes: tuple[Shape, ...], *, waits: bool) -> Forms:
    """The statement that inserts rows of these columns for those whom the guard grants it; gives their `nr`.

    Made once, so that it is compiled once.
    """
    key = (guard, shapes, waits)
    if key not in _plans:
        _plans[key] = _plan(guard, shapes, waits=waits)
    return _plans[key]


def not_at_it_elsewhere(asked: Values) -> ColumnElement[bool]:
    """For the guard: nobody else is at the same request, as its advisory lock says."""
    return func.pg_try_advisory_xact_lock(asked[LOCK])


def _plan(guard: Guard, shapes: tuple[Shape, ...], *, waits: bool) -> Forms:
    given = {**dict(guard.given), LOCK: BigInteger()}
    for number, shape in enumerate(shapes):
        given.update({f"row{number}_{name}": shape.table.c[name].type for name in shape.given})
    contested = [(number, shape.table) for number, shape in enumerate(shapes) if shape.contested]
    own, asked = _alone(given), _asked(_many(given), contested)
    alone = guard.alone(own, waits, _new(own, contested))
    chosen = _chosen(asked, guard.of(asked, waits), shapes)
    return Forms.of(given, [_filled(own, alone, shapes), _filled(chosen.c, chosen, shapes)])


def _chosen(asked: CTE, granted: CTE, shapes: tuple[Shape, ...]) -> CTE:
    """Those who are granted it, in the order in which they came: what they gave and what the guard knows."""
    known = {column for shape in shapes for _, column in shape.taken}
    both = select(*asked.c, *[granted.c[name] for name in sorted(known)])
    return both.join_from(granted, asked, granted.c.nr == asked.c.nr).order_by(asked.c.nr).cte("chosen")


def _filled(given: Values, granted: CTE, shapes: tuple[Shape, ...]) -> Select[Any]:
    """Insert what was given and what the guard knows, for each row of `granted`; gives their `nr`."""
    inserts = []
    for number, shape in enumerate(shapes):
        columns = [given[f"row{number}_{name}"] for name in shape.given]
        columns += [granted.c[known] for _, known in shape.taken]
        names = [*shape.given, *(name for name, _ in shape.taken)]
        rows = select(*columns).select_from(granted)
        inserted = insert(shape.table).from_select(names, rows, include_defaults=False)
        inserts.append(inserted.cte(f"row{number}"))
    return select(granted.c.nr).add_cte(*inserts)


def _alone(given: Types) -> dict[str, ColumnElement[Any]]:
    """The values of one who asks alone, by their names."""
    return {name: bindparam(name, type_=_unbounded(kind)) for name, kind in given.items()}


def _many(given: Types) -> FromClause:
    """The table of all who ask, from a list for each of their values."""
    kinds = {name: _unbounded(kind) for name, kind in given.items()}
    lists = [bindparam(name, type_=ARRAY(kind, dimensions=1)) for name, kind in kinds.items()]
    columns = [column(name, kind) for name, kind in kinds.items()]
    return func.unnest(*lists).table_valued(*columns, with_ordinality="nr").render_derived("each")


def _asked(each: FromClause, contested: Contested) -> CTE:
    """Those who ask, without those whose contested row is there already."""
    return select(*each.c).where(_new(each.c, contested)).cte("asked").prefix_with("MATERIALIZED")


def _new(given: Values, contested: Contested) -> ColumnElement[bool]:
    """Whether none of the contested rows is there."""
    same = [
        and_(*[key == given[f"row{number}_{key.name}"] for key in table.primary_key])
        for number, table in contested
    ]
    return and_(true(), *[~exists().where(each) for each in same])


def _unbounded(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Without a greatest length: a value too long is to be refused by the table, not cut by a cast."""
    return String() if type(kind) is String else kind
