"""Telling someone something: one message row per channel, each with the decision that made it go or stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.events import Context
from maillage.ids import new_id
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .decisions import Decision, decide
from .live import ring_at_commit
from .model import IN_APP, SENT, Contact, Erased, InboxCounter, Mention, Message, Preference
from .topics import TOPICS, channels_of


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is to be told. `params` holds ids, numbers, dates and codes: never a name or a text.

    `about`: the persons it speaks of. `due_at`: when what it asks for is too late. `silent`: a reason to
    record it without telling (news-only). `once`: replaces the event id in the key, for one fact told by
    several events.
    """

    recipient_id: UUID
    topic: str
    params: dict[str, Any] = field(default_factory=dict)
    about: tuple[UUID, ...] = ()
    due_at: datetime | None = None
    silent: str | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a message is a consequence of. `key`: told twice under it, kept once. `replayed`: a rebuild."""

    key: str
    event_id: UUID | None = None
    happened_at: datetime | None = None
    replayed: bool = False


async def tell(ctx: Context, *notices: Notice) -> None:
    """Tell as a consequence of an event. In a rebuild the inbox is filled as history and no mail leaves."""
    for notice in notices:
        key = notice.once or str(ctx.event_id)
        await tell_in(ctx.session, notice, Origin(key, ctx.event_id, ctx.time, ctx.replayed))


async def tell_in(session: AsyncSession, notice: Notice, origin: Origin) -> None:
    """Tell within `session`'s transaction; nobody who was erased."""
    if await session.get(Erased, notice.recipient_id):
        return
    preference = await session.get(Preference, notice.recipient_id)
    for channel in channels_of(TOPICS[notice.topic]):
        key = f"{origin.key}:{notice.recipient_id}:{notice.topic}:{channel}"
        if await session.scalar(select(Message.id).where(Message.key == key)):
            continue
        decision = _decision(notice, channel, preference, replayed=origin.replayed)
        message = _message(notice, channel, key, origin, decision)
        await _settle(session, message, origin.happened_at if origin.replayed else None)
        session.add(message)
        await session.flush()
        await _mention(session, message, notice.about)
    ring_at_commit(session)


def _message(notice: Notice, channel: str, key: str, origin: Origin, decision: Decision) -> Message:
    return Message(
        id=new_id(),
        recipient_id=notice.recipient_id,
        topic=notice.topic,
        channel=channel,
        key=key,
        event_id=origin.event_id,
        params=notice.params,
        decision=decision.record(),
        state=decision.state_on(channel),
        reason=decision.reason,
        not_before=decision.not_before,
        due_at=notice.due_at,
        attempts=0,
    )


def _decision(notice: Notice, channel: str, preference: Preference | None, *, replayed: bool) -> Decision:
    version = preference.version if preference else 0
    if notice.silent:
        return Decision(False, notice.silent, version)
    decision = decide(TOPICS[notice.topic], channel, preference, clock.now(), notice.due_at)
    if replayed and decision.allowed:
        # History goes to the inbox; a mail was sent then, or is too late now.
        return Decision(channel == IN_APP, "rebuild", version)
    return decision


async def _settle(session: AsyncSession, message: Message, history: datetime | None) -> None:
    """Give an in-app message that arrived its number; one from a rebuild counts as read when it happened."""
    if message.state != SENT:
        return
    message.number = await _next_number(session, message.recipient_id)
    message.sent_at = history or clock.now()
    if history:
        message.created_at, message.read_at = history, history


async def _next_number(session: AsyncSession, recipient_id: UUID) -> int:
    bump = (
        update(InboxCounter)
        .where(InboxCounter.recipient_id == recipient_id)
        .values(last=InboxCounter.last + 1)
        .returning(InboxCounter.last)
    )
    number = await session.scalar(bump)
    if number is None:
        session.add(InboxCounter(recipient_id=recipient_id, last=1))
        await session.flush()
        return 1
    return number


async def _mention(session: AsyncSession, message: Message, about: Iterable[UUID]) -> None:
    others = dict.fromkeys(person for person in about if person != message.recipient_id)
    session.add_all(Mention(message_id=message.id, person_id=person) for person in others)


async def animators(session: AsyncSession, *, but: Iterable[UUID] = ()) -> list[UUID]:
    """The accounts that animate or administer the region, except `but`."""
    contacts = (await session.scalars(select(Contact).order_by(Contact.id))).all()
    excluded = set(but)
    return [c.id for c in contacts if {"animator", "admin"} & set(c.roles) and c.id not in excluded]
