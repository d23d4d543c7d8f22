"""Many values in one statement whose text is the same however many they are.

PostgreSQL prepares a statement once per text and connection; with a text for each number of rows it would
prepare one nearly every time, a round trip more and an older one forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, Table, bindparam, column, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def among(session: Session, of: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column `of` has one of these values."""
    if session.get_bind().dialect.name == "postgresql":
        held: ColumnElement[bool] = of == func.any(literal(list(values), ARRAY(of.type)))
        return held
    return of.in_(values)  # type: ignore[no-any-return]


def listed(name: str, of: Any) -> ColumnElement[bool]:
    """Whether the column `of` has one of the values given under `name`, a list, when it is executed.

    For a statement made once, on PostgreSQL: SQLAlchemy need not look at it again to know it.
    """
    held: ColumnElement[bool] = of == func.any(bindparam(name, type_=ARRAY(of.type)))
    return held


def inserting(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> tuple[Any, Any]:
    """An INSERT of these rows (same columns in each), and the parameters to execute it with.

    It may be given what to do on conflict and what to return. SQLite has no round trips to save.
    """
    if session.get_bind().dialect.name != "postgresql":
        return _plainly(table), list(rows)
    names = tuple(rows[0])
    lists = {f"many_{name}": [row[name] for row in rows] for name in names}
    return _inserting(table, names), lists


@cache
def _plainly(table: Table) -> Any:
    return sqlite.insert(table)


@cache
def _inserting(table: Table, names: tuple[str, ...]) -> Any:
    return postgresql.insert(table).from_select(names, _unnested(table, names))


def _unnested(table: Table, names: Sequence[str]) -> Select[Any]:
    types = [table.c[name].type for name in names]
    lists = [bindparam(f"many_{name}", type_=ARRAY(kind)) for name, kind in zip(names, types, strict=True)]
    columns = [column(name, kind) for name, kind in zip(names, types, strict=True)]
    given = func.unnest(*lists).table_valued(*columns).render_derived()
    return select(*(given.c[name] for name in names))
