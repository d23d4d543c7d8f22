"""Writing down where published entries are in the stream, and when.

`published_at` only ever goes on: the journal's newest lines are found by it, also once a clock that was ahead
is right again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, BigInteger, Interval, Update, bindparam, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from maillage import clock
from maillage.db.engine import Database
from maillage.events.publish import Published
from maillage.events.tables import KIT

_OUTBOX = KIT.outbox


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
        places = {each.entry_id: each.sequence for each in results if not each.refused}
        await (await session.connection()).execute(
            _PLACED, {"entries": list(places), "places": list(places.values()), "now": clock.now()}
        )
        results = [each for each in results if each.refused]
    if results:
        await _note_one_by_one(session, results, await _moment(session))


async def _moment(session: AsyncSession) -> datetime:
    """Now, or just after what was noted last where the clock has gone back since."""
    last = await session.scalar(select(func.max(_OUTBOX.c.published_at)))
    return max(clock.now(), last + timedelta(microseconds=1)) if last is not None else clock.now()


def _placed() -> Update:
    """All at once, from two lists; the moment is found as `_moment` finds it."""
    lists = (bindparam("entries", type_=ARRAY(BigInteger)), bindparam("places", type_=ARRAY(BigInteger)))
    given = func.unnest(*lists).table_valued("entry", "place").render_derived()
    statement = update(_OUTBOX).where(_OUTBOX.c.id == given.c.entry)
    kind = _OUTBOX.c.published_at.type
    before = _OUTBOX.alias("before")
    after = select(func.max(before.c.published_at, type_=kind) + literal(timedelta(microseconds=1), Interval))
    moment = func.greatest(bindparam("now", type_=kind), after.scalar_subquery(), type_=kind)
    return statement.values(published_at=moment, stream_sequence=given.c.place, refused=None)


_PLACED = _placed()


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
