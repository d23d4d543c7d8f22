"""How a database would find what it is asked for, had its tables many rows: by an index, or row by row.

A test has few rows, for which reading them all is the best plan. PostgreSQL is told here that this is dear,
and SQLite without statistics takes an index wherever one fits: what is still read whole has no index to help.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncConnection

from maillage.db import Database

DEAR = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
EXPLAINED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
BESIDE = re.compile(r"\berased_at >= ")
"""What every process asks by itself, at each commit and each second: who was erased (maillage.auth.ended)."""
SCAN = re.compile(r"^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")


@dataclass(frozen=True)
class Asked:
    """A statement as the database got it."""

    sql: str
    values: Any


@asynccontextmanager
async def asked(db: Database) -> AsyncIterator[list[Asked]]:
    """The statements sent to this database within the block, but for what is asked beside every call."""
    found: list[Asked] = []

    def note(_: Any, __: Any, sql: str, values: Any, ___: Any, many: bool) -> None:
        if not many and sql.lstrip().upper().startswith(EXPLAINED) and not BESIDE.search(sql):
            found.append(Asked(sql, values))

    async with db.read() as session:
        reading = session.get_bind()
    # SQLite reads by an engine of its own; on PostgreSQL it is the writer's with another name.
    assert isinstance(reading, Engine)
    engines = {each.pool: each for each in (reading, db.engine.sync_engine)}.values()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


async def walked(db: Database, statements: Iterable[Asked]) -> dict[str, str]:
    """Tables (or their aliases) that a statement reads from end to end, each with that statement.

    Following an index up to a limit, as a page of a list does, is not that.
    """
    found: dict[str, str] = {}
    async with db.engine.connect() as connection:
        postgres = connection.dialect.name == "postgresql"
        for one in statements:
            tables = await (_postgres if postgres else _sqlite)(connection, one)
            found |= dict.fromkeys(tables, one.sql)
        await connection.rollback()
    return found


async def _sqlite(connection: AsyncConnection, one: Asked) -> list[str]:
    lines = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.sql}", one.values)
    scans = [found for line in lines if (found := SCAN.match(line.detail))]
    paged = " LIMIT " in " ".join(one.sql.split())
    return [found[1] for found in scans if found[1] != "CONSTANT" and not (found[2] and paged)]


async def _postgres(connection: AsyncConnection, one: Asked) -> list[str]:
    for setting in DEAR:
        await connection.exec_driver_sql(f"SET LOCAL {setting} = off")
    plan = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {one.sql}", one.values)
    answer = plan.scalar_one()
    top = json.loads(answer) if isinstance(answer, str) else answer
    return list(_read_whole(top[0]["Plan"], paged=False))


def _read_whole(node: dict[str, Any], *, paged: bool) -> Iterator[str]:
    kind = node["Node Type"]
    unbound = kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan") and "Index Cond" not in node
    if kind == "Seq Scan":
        yield node["Relation Name"]
    elif unbound and not paged:
        yield node.get("Relation Name") or node["Index Name"]
    # A sort needs everything below it; what is below a limit and sorted already is read up to the limit.
    paged = kind == "Limit" or (paged and kind not in ("Sort", "Aggregate"))
    for below in node.get("Plans", ()):
        yield from _read_whole(below, paged=paged)
