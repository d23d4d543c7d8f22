"""Messages drafted in a transaction are settled together just before they are written.

Whether somebody was erased, what she prefers, which key is known and which number comes next is asked once
for all of them: a batch of events tells a hundred people with as many questions as one event tells one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.db import among, inserting
from sqlalchemy import event, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from .decisions import Decision, decide
from .known import Known, what_is_known
from .model import IN_APP, SENT, Erased, InboxCounter, Mention, Message, Preference
from .topics import TOPICS

_DRAFTS, _MENTIONS = "notifications.drafts", "notifications.mentions"


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


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that waits in its session for its decision and its number, and why it is there."""

    message: Message
    notice: Notice
    origin: Origin


def settle_at_flush(session: AsyncSession, draft: Draft) -> None:
    """Add the draft's message to `session`, to be settled before anything is asked or committed."""
    session.add(draft.message)
    session.info.setdefault(_DRAFTS, []).append(draft)


@event.listens_for(Session, "before_flush")
def _settle(session: Session, _context: Any, _instances: Any) -> None:
    # One whose savepoint was rolled back is no longer in the session.
    drafts = [each for each in session.info.pop(_DRAFTS, ()) if each.message in session.new]
    if not drafts:
        return
    known = what_is_known(
        session, {each.notice.recipient_id for each in drafts}, {each.message.key for each in drafts}
    )
    kept = _new_ones(session, drafts, known)
    preferences = _preferences(session, known.choosy)
    for each in kept:
        _decide(each, preferences.get(each.notice.recipient_id))
    _number(session, [each.message for each in kept if each.message.state == SENT])
    session.info[_MENTIONS] = [row for each in kept for row in _mentions(each)]


@event.listens_for(Session, "after_flush")
def _mention(session: Session, _context: Any) -> None:
    """Once the messages are there: nothing else tells the session that mentions come after them."""
    if rows := session.info.pop(_MENTIONS, ()):
        session.execute(insert(Mention.__table__), rows)  # type: ignore[arg-type]  # a Table, being mapped


def _new_ones(session: Session, drafts: Sequence[Draft], known: Known) -> list[Draft]:
    """Those to people who are not erased, under a key that is new; the others leave the session."""
    gone = known.erased | {each.id for each in session.new if isinstance(each, Erased)}
    taken, kept = set(known.keys), []
    for each in drafts:
        if each.notice.recipient_id in gone or each.message.key in taken:
            session.expunge(each.message)
        else:
            taken.add(each.message.key)
            kept.append(each)
    return kept


def _preferences(session: Session, people: set[UUID]) -> dict[UUID, Preference]:
    if not people:
        return {}
    found = session.scalars(select(Preference).where(among(session, Preference.id, people)))
    return {each.id: each for each in found}


def _decide(draft: Draft, preference: Preference | None) -> None:
    message, origin = draft.message, draft.origin
    decision = _decision(draft.notice, message.channel, preference, replayed=origin.replayed)
    message.decision, message.reason = decision.record(), decision.reason
    message.state, message.not_before = decision.state_on(message.channel), decision.not_before
    if message.state != SENT:
        return
    # One from a rebuild counts as read when it happened.
    history = origin.happened_at if origin.replayed else None
    message.sent_at = history or clock.now()
    if history:
        message.created_at, message.read_at = history, history


def _decision(notice: Notice, channel: str, preference: Preference | None, *, replayed: bool) -> Decision:
    version = preference.version if preference else 0
    if notice.silent:
        return Decision(False, notice.silent, version)
    decision = decide(TOPICS[notice.topic], channel, preference, clock.now(), notice.due_at)
    if replayed and decision.allowed:
        # History goes to the inbox; a mail was sent then, or is too late now.
        return Decision(channel == IN_APP, "rebuild", version)
    return decision


def _number(session: Session, messages: Sequence[Message]) -> None:
    """Give the messages that arrive their places in their inboxes, in the order they were told."""
    arriving = Counter(message.recipient_id for message in messages)
    if not arriving:
        return
    # In one order for everybody, so that no two transactions wait for each other.
    rows = [{"recipient_id": person, "last": arriving[person]} for person in sorted(arriving)]
    statement, given = inserting(session, InboxCounter.__table__, rows)  # type: ignore[arg-type]
    reached = session.execute(_adding_to(statement), given)
    following = {person: last - arriving[person] + 1 for person, last in reached}
    for message in messages:
        message.number = following[message.recipient_id]
        following[message.recipient_id] += 1


@cache
def _adding_to(statement: Any) -> Any:
    """The INSERT of counters, with what to do for those that are there, and what they have reached."""
    counter = InboxCounter.__table__.c
    upsert = statement.on_conflict_do_update(
        index_elements=["recipient_id"], set_={"last": counter.last + statement.excluded.last}
    )
    return upsert.returning(counter.recipient_id, counter.last)


def _mentions(draft: Draft) -> list[dict[str, UUID]]:
    others = dict.fromkeys(person for person in draft.notice.about if person != draft.notice.recipient_id)
    return [{"message_id": draft.message.id, "person_id": person} for person in others]
