"""Telling someone something: one message row per channel, each with the decision that made it go or stay.

What is told is a draft until the session is flushed; then all drafts are settled together (settling.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from maillage.events import Context
from maillage.ids import new_id
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .live import ring_at_commit
from .model import Contact, Message
from .settling import Draft, Notice, Origin, settle_at_flush
from .topics import TOPICS, channels_of

__all__ = ["Notice", "Origin", "animators", "tell", "tell_in"]


async def tell(ctx: Context, *notices: Notice) -> None:
    """Tell as a consequence of an event. In a rebuild the inbox is filled as history and no mail leaves."""
    for notice in notices:
        key = notice.once or str(ctx.event_id)
        tell_in(ctx.session, notice, Origin(key, ctx.event_id, ctx.time, ctx.replayed))


def tell_in(session: AsyncSession, notice: Notice, origin: Origin) -> None:
    """Tell within `session`'s transaction; nobody who was erased, and nothing twice under one key."""
    for channel in channels_of(TOPICS[notice.topic]):
        message = Message(
            id=new_id(),
            recipient_id=notice.recipient_id,
            topic=notice.topic,
            channel=channel,
            key=f"{origin.key}:{notice.recipient_id}:{notice.topic}:{channel}",
            event_id=origin.event_id,
            params=notice.params,
            due_at=notice.due_at,
            attempts=0,
        )
        settle_at_flush(session, Draft(message, notice, origin))
    ring_at_commit(session)


async def animators(session: AsyncSession, *, but: Iterable[UUID] = ()) -> list[UUID]:
    """The accounts that animate or administer the region, except `but`."""
    contacts = (await session.scalars(select(Contact).order_by(Contact.id))).all()
    excluded = set(but)
    return [c.id for c in contacts if {"animator", "admin"} & set(c.roles) and c.id not in excluded]
