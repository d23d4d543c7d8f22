"""The consumer, and what its handlers share: keeping a copy fresh, and telling news from history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from maillage import clock
from maillage.events import Consumer, Context, News

from ..model import Ending, Erased, Projection

consumer = Consumer("notifications")

NEWS_ONLY, OUTDATED = "news-only", "outdated"

Row = TypeVar("Row", bound=Projection)
EndingRow = TypeVar("EndingRow", bound=Ending)


async def keep(
    ctx: Context, model: type[Row], row_id: UUID, *, of: Sequence[UUID] = (), **facts: Any
) -> Row | None:
    """Write the copy of an entity; None when a fresher one is already there. Other columns stay.

    `of`: the persons it belongs to. With one of them erased it was deleted, and is not kept again.
    """
    row = await ctx.session.get(model, row_id)
    if row is None:
        for person in of:
            if await is_erased(ctx, person):
                return None
        row = model()
        row.id, row.sequence = row_id, ctx.sequence
        _set(row, facts)
        ctx.session.add(row)
    elif row.is_older_than(ctx.sequence):
        row.sequence = ctx.sequence if ctx.sequence is not None else row.sequence
        _set(row, facts)
    else:
        return None
    return row


async def keep_whole(
    ctx: Context, model: type[EndingRow], row_id: UUID, *, status: str, **facts: Any
) -> News:
    """Write the copy of what was told whole. Told late it may say what it is, and does not undo an end."""
    row = await ctx.session.get(model, row_id) or _new(ctx, model, row_id)
    news = row.hear_whole(ctx.sequence)
    if news is not News.NONE:
        _set(row, facts)
    if news is News.ALL:
        row.status = status
    return news


async def keep_end(
    ctx: Context, model: type[EndingRow], row_id: UUID, *, status: str, **unknown: Any
) -> None:
    """Note an end. `unknown`: the facts of what was not told of before; they may still be on their way."""
    row = await ctx.session.get(model, row_id)
    if row is None:
        row = _new(ctx, model, row_id)
        _set(row, unknown)
    if row.hear_end(ctx.sequence):
        row.status = status


def _new(ctx: Context, model: type[EndingRow], row_id: UUID) -> EndingRow:
    row = model()
    row.id = row_id
    ctx.session.add(row)
    return row


def _set(row: Projection, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(row, name, value)


async def is_erased(ctx: Context, person_id: UUID) -> bool:
    """Whether this person asked to be forgotten: nothing about her is kept again."""
    return await ctx.session.get(Erased, person_id) is not None


def reference_time(ctx: Context) -> datetime:
    """The moment by which news is judged: now, or in a rebuild the moment it happened."""
    return ctx.time if ctx.replayed else clock.now()
