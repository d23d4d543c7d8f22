"""What people do here: read, choose, refuse a topic, send a failed mail again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from maillage import clock
from maillage.db import lock_row
from maillage.errors import NotFound, PreconditionFailed
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from .errors import MandatoryTopic, NotRetryable, UnknownTopic
from .live import ring_at_commit
from .model import DEFERRED, EMAIL, FAILED, IN_APP, PENDING, SENT, Erased, Message, Preference
from .rendering import catalogue
from .rendering.formats import Language
from .schemas import PreferencesIn
from .topics import TOPICS, channels_of
from .unsubscribing import read_token


async def mark_read(session: AsyncSession, person_id: UUID, message_id: UUID) -> Message:
    """Note that a person read a notification; the first time counts. Raises NotFound for another's."""
    message = await lock_row(session, Message, message_id)
    if message.recipient_id != person_id or message.channel != IN_APP or message.state != SENT:
        raise NotFound
    if message.read_at is None:
        message.read_at = clock.now()
        ring_at_commit(session)
        await session.flush()
    return message


async def mark_all_read(session: AsyncSession, person_id: UUID) -> None:
    """Note that a person read everything that is in her inbox now."""
    now = clock.now()
    unread = (
        update(Message)
        .where(Message.recipient_id == person_id, Message.channel == IN_APP)
        .where(Message.state == SENT, Message.read_at.is_(None), Message.number.is_not(None))
    )
    await session.execute(unread.values(read_at=now, updated_at=now, version=Message.version + 1))
    ring_at_commit(session)


async def choose(
    session: AsyncSession, person_id: UUID, wanted: PreferencesIn, version: int, lang: Language
) -> None:
    """Replace a person's choices. Raises PreconditionFailed, UnknownTopic, MandatoryTopic.

    And NotFound for one who was erased: her access token outlives her account by minutes.
    """
    if await session.get(Erased, person_id) is not None:
        raise NotFound
    choices = _choices(wanted, lang)
    quiet = wanted.quiet_hours.model_dump(mode="json") if wanted.quiet_hours else None
    row = await session.get(Preference, person_id, with_for_update=True)
    if (row.version if row else 0) != version:
        raise PreconditionFailed
    if row is None:
        session.add(Preference(id=person_id, choices=choices, quiet_hours=quiet))
    else:
        row.choices, row.quiet_hours, row.updated_at = choices, quiet, clock.now()
    await session.flush()


def _choices(wanted: PreferencesIn, lang: Language) -> dict[str, Any]:
    """What differs from `inherit`, checked."""
    kept: dict[str, dict[str, str]] = {}
    for slug, channels in wanted.topics.items():
        topic = TOPICS.get(slug)
        if topic is None or not set(channels) <= set(channels_of(topic)):
            raise UnknownTopic(errors=[{"pointer": "/topics", "detail": "?"}])
        for channel, choice in channels.items():
            if choice == "off" and topic.is_locked(channel):
                reason = catalogue.lock_reason(slug, lang)
                raise MandatoryTopic(
                    reason, errors=[{"pointer": f"/topics/{slug}/{channel}", "detail": reason}]
                )
            if choice != "inherit" and not topic.is_locked(channel):
                kept.setdefault(slug, {})[channel] = choice
    return kept


async def refuse(session: AsyncSession, token: str) -> tuple[UUID, str]:
    """Switch off a topic's mails for the person of the link. Raises BadLink. Gives person and topic."""
    person_id, topic = await read_token(session, token)
    row = await session.get(Preference, person_id, with_for_update=True)
    if row is None:
        row = Preference(id=person_id, choices={}, quiet_hours=None)
        session.add(row)
    hers = {**row.choices.get(topic.slug, {}), EMAIL: "off"}
    row.choices = {**row.choices, topic.slug: hers}
    await session.flush()
    return person_id, topic.slug


async def retry(session: AsyncSession, message_id: UUID) -> Message:
    """Send a failed or deferred mail again now. Raises NotFound, NotRetryable."""
    message = await lock_row(session, Message, message_id)
    if message.channel != EMAIL or message.state not in (FAILED, DEFERRED, PENDING):
        raise NotRetryable(state=message.state)
    message.state, message.reason, message.not_before = PENDING, None, None
    message.attempts = 0
    ring_at_commit(session)
    await session.flush()
    return message
