"""The statements of `at_once`: their parameters are lists, one value for each of those who ask together.

Whoever asks has a number, `nr`, from 1 in the order in which they came. The text of a statement is the same
however many they are, so that each connection prepares it once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    String,
    Table,
    and_,
    bindparam,
    column,
    exists,
    func,
    insert,
    select,
)
from sqlalchemy.types import TypeEngine

LOCK = "at_once_lock"
Types = Mapping[str, TypeEngine[Any]]


@dataclass(frozen=True, slots=True)
class FromGuard:
    """A value that only the guard knows: the column of this name it returns."""

    column: str


class Look:
    """A read of one row or none for each who asks.

    `of` makes the SELECT from the table of those who ask, whose columns are `given` and `nr`; a row of the
    answer has its `nr` last.
    """

    def __init__(self, of: Callable[[CTE], Select[Any]], **given: TypeEngine[Any]) -> None:
        asked = _asked(given)
        self.given = tuple(given)
        self.statement = of(asked).add_columns(asked.c.nr)


@dataclass(frozen=True, slots=True)
class Guard:
    """What has to hold, and the row whose lock is had while it is asked and until all is written.

    `of` makes a table of those it grants (`nr`, and what `FromGuard` asks for) from the table of those who
    ask, whose columns are `given` and `nr`. It is to wait for the row's lock if its second argument says so,
    and to pass over a locked row if not. `row` is the name of the value that tells the row.
    """

    row: str
    of: Callable[[CTE, bool], CTE]
    given: tuple[tuple[str, TypeEngine[Any]], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a row to insert: its table, the columns whose values are given, those that the guard knows."""

    table: Table
    given: tuple[str, ...]
    taken: tuple[tuple[str, str], ...]
    contested: bool


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The statement that does it all and gives the `nr` of whom it was done for; its parameters' names."""

    statement: Select[Any]
    given: tuple[str, ...]


_plans: dict[tuple[Guard, tuple[Shape, ...], bool], Plan] = {}


def plan_of(guard: Guard, shapes: tuple[Shape, ...], *, waits: bool) -> Plan:
    """Made once for rows of these columns, so that SQLAlchemy compiles it once."""
    key = (guard, shapes, waits)
    if key not in _plans:
        _plans[key] = _plan(guard, shapes, waits=waits)
    return _plans[key]


def not_at_it_elsewhere(asked: CTE) -> ColumnElement[bool]:
    """For the guard: nobody else is at the same request, as its advisory lock says."""
    return func.pg_try_advisory_xact_lock(asked.c[LOCK])


def _plan(guard: Guard, shapes: tuple[Shape, ...], *, waits: bool) -> Plan:
    given = {**dict(guard.given), LOCK: BigInteger()}
    for number, shape in enumerate(shapes):
        given.update({f"row{number}_{name}": shape.table.c[name].type for name in shape.given})
    asked = _asked(given, [(number, shape.table) for number, shape in enumerate(shapes) if shape.contested])
    granted = guard.of(asked, waits)
    inserts = [_insert(number, shape, asked, granted) for number, shape in enumerate(shapes)]
    return Plan(select(granted.c.nr).add_cte(*inserts), tuple(given))


def _insert(number: int, shape: Shape, asked: CTE, granted: CTE) -> CTE:
    columns = [asked.c[f"row{number}_{name}"] for name in shape.given]
    columns += [granted.c[known] for _, known in shape.taken]
    names = [*shape.given, *(name for name, _ in shape.taken)]
    rows = select(*columns).join_from(granted, asked, granted.c.nr == asked.c.nr).order_by(asked.c.nr)
    return insert(shape.table).from_select(names, rows, include_defaults=False).cte(f"row{number}")


def _asked(given: Types, contested: list[tuple[int, Table]] | None = None) -> CTE:
    """The table of those who ask, without those whose contested row is there already."""
    kinds = {name: _unbounded(kind) for name, kind in given.items()}
    lists = [bindparam(name, type_=ARRAY(kind, dimensions=1)) for name, kind in kinds.items()]
    columns = [column(name, kind) for name, kind in kinds.items()]
    called = func.unnest(*lists).table_valued(*columns, with_ordinality="nr").render_derived("each")
    asked = select(*called.c)
    for number, table in contested or ():
        keys = [key == called.c[f"row{number}_{key.name}"] for key in table.primary_key]
        asked = asked.where(~exists().where(and_(*keys)))
    return asked.cte("asked").prefix_with("MATERIALIZED")


def _unbounded(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Without a greatest length: a value too long is to be refused by the table, not cut by a cast."""
    return String() if type(kind) is String else kind
