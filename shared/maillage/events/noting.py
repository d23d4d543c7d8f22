"""Writing down where published entries are in the stream, and when.

`published_at` only ever goes on: the journal's newest lines are found by it, also once a clock that was ahead
is right again.

A place may be that of a store which is gone by the time it is noted: a batch waits for answers, a transaction
for other writers. A repair made meanwhile has seen the entry as not yet published, and nobody would miss it
once it is noted. Hence a repair names itself in the journal's database before it reads the journal, and what
was given to the stream under another name is not noted but given again, and known there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Interval,
    Select,
    String,
    Update,
    bindparam,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from maillage import clock
from maillage.db.direct import Direct
from maillage.db.engine import Database
from maillage.events.hold import GIVEN_BACK
from maillage.events.marks import REPAIR
from maillage.events.publish import Published
from maillage.events.tables import KIT

_OUTBOX, _MARK = KIT.outbox, KIT.consumer_mark


class Repaired(RuntimeError):
    """The stream was repaired while events were published: where they are is not known."""


async def note(db: Database, results: Sequence[Published]) -> None:
    """Write down where the entries are in the stream."""
    if results:
        async with db.write() as session:
            await note_in(session, results)


async def note_in(session: AsyncSession, results: Sequence[Published]) -> None:
    """The same within a transaction."""
    if not results:
        return
    if session.get_bind().dialect.name == "postgresql":
        placed = [each for each in results if not each.refused]
        results = [each for each in results if each.refused]
        if placed:
            await (await session.connection()).execute(_PLACED, _lists(placed))
    if results:
        await _note_one_by_one(session, results, await _moment(session))


async def note_unless_repaired(
    db: Database, holding: AsyncConnection | None, results: Sequence[Published], repair: str
) -> None:
    """The same, if `repair` is the last one this journal knows of. Raises Repaired.

    `holding` is what `publishing` gave: what was had for this batch is given back over it.
    """
    if holding is not None:
        placed = [each for each in results if not each.refused]
        (done,) = await _SETTLED.fetch(holding, {**_lists(placed), "repair": repair})
        if not done.known:
            raise Repaired
        results = [each for each in results if each.refused]
        if not results:
            return
    async with db.write() as session:
        if await session.scalar(_LAST_REPAIR) != repair:
            raise Repaired
        await note_in(session, results)


async def _moment(session: AsyncSession) -> datetime:
    """Now, or just after what was noted last where the clock has gone back since."""
    last = await session.scalar(select(func.max(_OUTBOX.c.published_at)))
    return max(clock.now(), last + timedelta(microseconds=1)) if last is not None else clock.now()


def _last_repair() -> Select[Any]:
    """Its name, as it is when the row is had: one who is about to change it waits for this transaction."""
    name = _MARK.c.stream_created
    return select(name).where(_MARK.c.consumer == REPAIR).with_for_update(read=True)


_LAST_REPAIR = _last_repair()


def _lists(placed: Sequence[Published]) -> dict[str, Any]:
    places = {each.entry_id: each.sequence for each in placed}
    return {"entries": list(places), "places": list(places.values()), "now": clock.now()}


def _placed(repair: CTE | None = None) -> Update:
    """All at once, from two lists; the moment is found as `_moment` finds it."""
    lists = (bindparam("entries", type_=ARRAY(BigInteger)), bindparam("places", type_=ARRAY(BigInteger)))
    given = func.unnest(*lists).table_valued("entry", "place").render_derived()
    statement = update(_OUTBOX).where(_OUTBOX.c.id == given.c.entry)
    if repair is not None:
        last = select(repair.c.stream_created).scalar_subquery()
        statement = statement.where(last == bindparam("repair", type_=String()))
    kind = _OUTBOX.c.published_at.type
    before = _OUTBOX.alias("before")
    after = select(func.max(before.c.published_at, type_=kind) + literal(timedelta(microseconds=1), Interval))
    moment = func.greatest(bindparam("now", type_=kind), after.scalar_subquery(), type_=kind)
    return statement.values(published_at=moment, stream_sequence=given.c.place, refused=None)


_PLACED = _placed()


def _settled() -> Select[Any]:
    """Notes and gives back. What is published is told by its id if it is noted never or twice: this commit
    need not wait for the disk.
    """
    repair = _LAST_REPAIR.cte("last_repair").prefix_with("MATERIALIZED")
    known = select(repair.c.stream_created).scalar_subquery() == bindparam("repair", type_=String())
    eased = func.set_config("synchronous_commit", "off", True).label("eased")
    noted = _placed(repair).returning(_OUTBOX.c.id).cte("noted")
    return select(known.label("known"), GIVEN_BACK, eased).add_cte(noted)


_SETTLED = Direct(_settled())


async def _note_one_by_one(session: AsyncSession, results: Sequence[Published], moment: datetime) -> None:
    statement = update(_OUTBOX).where(_OUTBOX.c.id == bindparam("entry_id"))
    statement = statement.values(
        published_at=bindparam("new_time"),
        stream_sequence=bindparam("new_place"),
        refused=bindparam("new_refusal"),
    )
    connection = await session.connection()
    rows = [
        {
            "entry_id": each.entry_id,
            "new_place": each.sequence,
            "new_refusal": each.refused,
            "new_time": None if each.refused else moment,
        }
        for each in results
    ]
    await connection.execute(statement, rows)
