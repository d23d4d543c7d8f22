"""Expand and contract: with which schemas, newer than itself, a version of a service goes on working.

While replicas are replaced one by one, the old version runs with the schema of the new one. Every revision
says what it does to those that came before it:

    phase = "expand"      # only adds: a version that has never heard of it goes on working
    phase = "contract"    # takes away what nobody uses any more …
    follows = "0006"      # … among the versions that know this revision

Each database remembers the revisions it has and their phases, so that a version can judge those it does not
know. `harm` tells what an expanding revision may not do; the tests hold every revision to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from maillage import clock
from maillage.db.types import UTCDateTime

EXPAND, CONTRACT = PHASES = ("expand", "contract")
HISTORY_TABLE = "schema_history"
_HISTORY = Table(
    HISTORY_TABLE,
    MetaData(),
    Column("revision", String(64), primary_key=True),
    Column("phase", String(10), nullable=False),
    Column("follows", String(64)),
    Column("applied_at", UTCDateTime(), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Applied:
    """A revision that a database has been through."""

    revision: str
    phase: str
    follows: str | None


def remember(connection: Connection, applied: Iterable[Applied]) -> None:
    """Write down the revisions that the database now has, those it knows already excepted."""
    _HISTORY.create(connection, checkfirst=True)
    known = {each.revision for each in history(connection)}
    new = [each for each in applied if each.revision not in known]
    for each in new:
        values = {"revision": each.revision, "phase": each.phase, "follows": each.follows}
        connection.execute(_HISTORY.insert().values(applied_at=clock.now(), **values))


def history(connection: Connection) -> list[Applied]:
    """The revisions this database remembers; none where they have never been written down."""
    if not inspect(connection).has_table(HISTORY_TABLE):
        return []
    rows = connection.execute(select(_HISTORY.c.revision, _HISTORY.c.phase, _HISTORY.c.follows))
    return [Applied(*row) for row in rows]


def suits(found: set[str], heads: set[str], known: set[str], past: Iterable[Applied]) -> bool:
    """Whether code that has revisions `known`, ending in `heads`, works with a database at `found`.

    It does when the database has all that the code needs, and every revision beyond is one that expands, or
    one that follows a revision the code knows.
    """
    remembered = {each.revision: each for each in past}
    if not heads <= found | set(remembered):
        return False
    beyond = (found | set(remembered)) - known
    return all(
        each in remembered and (remembered[each].phase == EXPAND or remembered[each].follows in known)
        for each in beyond
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema as a program meets it: columns by table (type, may be null, has a default), and rules."""

    columns: dict[str, dict[str, tuple[str, bool, bool]]]
    rules: frozenset[tuple[str, str, str]]


def shape(connection: Connection) -> Shape:
    """The schema of a database as it is now."""
    look = inspect(connection)
    columns, rules = {}, set()
    for table in look.get_table_names():
        columns[table] = {
            each["name"]: (str(each["type"]), bool(each["nullable"]), each["default"] is not None)
            for each in look.get_columns(table)
        }
        for unique in look.get_unique_constraints(table):
            rules.add((table, "unique", " ".join(sorted(map(str, unique["column_names"])))))
        for index in look.get_indexes(table):
            if index["unique"]:
                rules.add((table, "unique", " ".join(sorted(map(str, index["column_names"])))))
        for key in look.get_foreign_keys(table):
            rules.add((table, "foreign key", " ".join(sorted(key["constrained_columns"]))))
        for check in look.get_check_constraints(table):
            rules.add((table, "check", str(check["sqltext"])))
    return Shape(columns, frozenset(rules))


def harm(before: Shape, after: Shape) -> list[str]:
    """What a change of schema does to a program written for the one before; empty when it only adds."""
    found = []
    for table, columns in before.columns.items():
        if table not in after.columns:
            found.append(f"table {table} is gone")
            continue
        found += _changed(table, columns, after.columns[table])
    for table, kind, words in sorted(after.rules - before.rules):
        old = before.columns.get(table, {})
        if any(word in old for word in re.findall(r"\w+", words)):
            found.append(f"{table} has a new rule: {kind} ({words})")
    return found


def _changed(
    table: str, before: dict[str, tuple[str, bool, bool]], after: dict[str, tuple[str, bool, bool]]
) -> list[str]:
    found = []
    for name, (kind, nullable, _) in before.items():
        if name not in after:
            found.append(f"column {table}.{name} is gone")
        elif after[name][0] != kind:
            found.append(f"column {table}.{name} is {after[name][0]} and no more {kind}")
        elif nullable and not after[name][1]:
            found.append(f"column {table}.{name} may no more be null")
    for name, (_, nullable, has_default) in after.items():
        if name not in before and not nullable and not has_default:
            found.append(f"column {table}.{name} is new and must be filled in")
    return found
