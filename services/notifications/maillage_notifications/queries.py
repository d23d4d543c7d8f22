"""Reads: the inbox as its owner sees it, preferences as a grid, deliveries as operators see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from .model import IN_APP, SENT, Message, Preference
from .rendering import catalogue
from .rendering.facts import Facts
from .rendering.formats import Language
from .rendering.inbox import show
from .schemas import (
    ActionOut,
    ChannelOut,
    MessageOut,
    NotificationOut,
    PreferencesOut,
    QuietHoursModel,
    TopicOut,
)
from .topics import TOPICS, Topic, channels_of


def inbox(person_id: UUID, *, unread: bool = False) -> Select[Any]:
    """The messages of a person's inbox: those with a number, which her mails have not."""
    found = select(Message).where(Message.recipient_id == person_id, Message.number.is_not(None))
    found = found.where(Message.channel == IN_APP, Message.state == SENT)
    return found.where(Message.read_at.is_(None)) if unread else found


_ANYTHING = (
    select(literal(1))
    .where(Message.recipient_id == bindparam("person"), Message.number.is_not(None))
    .limit(1)
)


async def is_empty(session: AsyncSession, person_id: UUID) -> bool:
    """Whether nothing has ever come into a person's inbox."""
    found = await (await session.connection()).execute(_ANYTHING, {"person": person_id})
    return found.first() is None


async def unread_count(session: AsyncSession, person_id: UUID) -> int:
    counted = select(func.count()).select_from(inbox(person_id, unread=True).subquery())
    return await session.scalar(counted) or 0


async def after(session: AsyncSession, person_id: UUID, number: int, limit: int = 100) -> list[Message]:
    """What came into the inbox after that number, in order."""
    found = inbox(person_id).where(Message.number > number).order_by(Message.number).limit(limit)
    return list((await session.scalars(found)).all())


async def last_number(session: AsyncSession, person_id: UUID) -> int:
    return (
        await session.scalar(select(func.max(Message.number)).where(Message.recipient_id == person_id)) or 0
    )


async def shown(session: AsyncSession, messages: list[Message], lang: Language) -> list[NotificationOut]:
    """Messages in words."""
    facts = await Facts.of(session, messages)
    return [_shown(message, facts, lang) for message in messages]


def _shown(message: Message, facts: Facts, lang: Language) -> NotificationOut:
    words = show(message, facts, lang)
    return NotificationOut(
        id=message.id,
        topic=message.topic,
        title=words.title,
        body=words.body,
        action=ActionOut(label=words.action, path=words.path) if words.action else None,
        created_at=message.created_at,
        read_at=message.read_at,
        due_at=message.due_at,
    )


async def preferences(session: AsyncSession, person_id: UUID, lang: Language) -> PreferencesOut:
    """Every topic and channel with what the person chose and what happens; version 0 before she chose."""
    row = await session.get(Preference, person_id)
    return PreferencesOut(
        topics=[_topic(topic, row, lang) for topic in TOPICS.values()],
        quiet_hours=QuietHoursModel.model_validate(row.quiet_hours) if row and row.quiet_hours else None,
        version=row.version if row else 0,
    )


def _topic(topic: Topic, row: Preference | None, lang: Language) -> TopicOut:
    chosen = row.choices.get(topic.slug, {}) if row else {}
    return TopicOut(
        topic=topic.slug,
        group=topic.group,
        label=catalogue.label(topic.slug, lang),
        channels={each: _channel(topic, each, chosen.get(each), lang) for each in channels_of(topic)},
    )


def _channel(topic: Topic, channel: str, choice: str | None, lang: Language) -> ChannelOut:
    locked = topic.is_locked(channel)
    default = "off" if topic.default(channel) == "off" else "on"
    return ChannelOut.model_validate(
        {
            "choice": "inherit" if locked or choice is None else choice,
            "default": default,
            "effective": default if locked or choice is None else choice,
            "locked": locked,
            "reason": catalogue.lock_reason(topic.slug, lang) if locked else None,
        }
    )


def messages(
    *,
    coordinator_id: UUID | None = None,
    topic: str | None = None,
    channel: str | None = None,
    state: str | None = None,
) -> Select[Any]:
    """Deliveries under these filters."""
    given = {"recipient_id": coordinator_id, "topic": topic, "channel": channel, "state": state}
    return select(Message).filter_by(**{name: value for name, value in given.items() if value is not None})


def message_out(message: Message) -> MessageOut:
    fields = {name: getattr(message, name) for name in MessageOut.model_fields if name != "coordinator_id"}
    return MessageOut(coordinator_id=message.recipient_id, **fields)
