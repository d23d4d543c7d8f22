"""Erasing a person: her copy, her words, and what others wrote with her name in it."""

import re
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.auth import ends_tokens
from maillage.db import lock_row
from maillage.events import record
from maillage.http import forget_answers
from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from maillage_mentoring.events import ErasureConfirmed
from maillage_mentoring.model import (
    Coordinator,
    Erasure,
    Feedback,
    Meeting,
    MentorProfile,
    Mentorship,
    Proposal,
    Request,
    SeminarSeat,
)

ERASED = "[…]"
FREE_TEXTS: tuple[InstrumentedAttribute[str | None], ...] = (
    MentorProfile.note,
    Request.note,
    Proposal.decline_reason,
    Mentorship.goals,
    Meeting.topics,
    Feedback.comment,
)
"""Every column people write freely in."""
SHORTEST_NAME = 3


async def erase(session: AsyncSession, coordinator_id: UUID, erasure_id: UUID) -> None:
    """Erase her here; the confirmation follows when the files hold no trace (`confirm_erasure`).

    Her id stays in the history of the pairs: with every name gone it names nobody.
    """
    person = await session.get(Coordinator, coordinator_id)
    names = [name for name in (person.first_name, person.last_name) if name] if person else []
    counts = await _erase_words(session, coordinator_id)
    counts["mentions"] = await _erase_mentions(session, names[-1:])
    counts["answers"] = await forget_answers(session, [coordinator_id, *names[-1:]])
    counts["profile"] = await _erase_profile(session, coordinator_id, person)
    erasure = await session.get(Erasure, erasure_id)
    if erasure is None:
        erasure = Erasure(id=erasure_id, coordinator_id=coordinator_id)
        session.add(erasure)
    erasure.erased_at, erasure.confirmed_at = clock.now(), None
    erasure.counts = {name: count for name, count in counts.items() if count}
    ends_tokens(session)


async def confirm_erasure(session: AsyncSession, erasure_id: UUID) -> None:
    """Tell the network that nothing about her is left here."""
    erasure = await lock_row(session, Erasure, erasure_id)
    if erasure.confirmed_at is None:
        erasure.confirmed_at = clock.now()
        confirmed = ErasureConfirmed(
            coordinator_id=erasure.coordinator_id,
            erasure_id=erasure.id,
            erased_at=erasure.erased_at,
            counts=erasure.counts,
        )
        record(session, confirmed)


async def _erase_profile(session: AsyncSession, coordinator_id: UUID, person: Coordinator | None) -> int:
    known = person is not None
    if person is None:
        person = Coordinator(id=coordinator_id, sequence=0)
        session.add(person)
    person.first_name = person.last_name = person.confirmed_on = None
    person.challenges, person.skills, person.reach = [], [], {}
    person.status = "erased"
    await session.flush()
    return int(known)


async def _erase_words(session: AsyncSession, who: UUID) -> dict[str, int]:
    """What she wrote, and what the two of a mentorship wrote about it; how many rows, by kind."""
    hers = or_(Mentorship.mentee_id == who, Mentorship.mentor_id == who)
    pairs = select(Mentorship.id).where(hers)
    asked = or_(Proposal.mentor_id == who, Proposal.mentee_id == who)
    return {
        "mentor_profile": await _run(session, delete(MentorProfile).where(MentorProfile.id == who)),
        "seats": await _run(session, delete(SeminarSeat).where(SeminarSeat.coordinator_id == who)),
        "requests": await _blank(session, Request.note, Request.mentee_id == who),
        "proposals": await _blank(session, Proposal.decline_reason, asked),
        "mentorships": await _blank(session, Mentorship.goals, hers),
        "meetings": await _blank(session, Meeting.topics, Meeting.mentorship_id.in_(pairs)),
        "feedback": await _blank(session, Feedback.comment, Feedback.mentorship_id.in_(pairs)),
    }


async def _erase_mentions(session: AsyncSession, names: list[str]) -> int:
    """Her name in what others wrote; names too short to be told from other words are left."""
    changed = 0
    for name in (each for each in names if len(each) >= SHORTEST_NAME):
        word = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        for column in FREE_TEXTS:
            table = column.class_
            key = table.id
            rows = await session.execute(select(key, column).where(column.is_not(None)))
            for row_id, text in rows.all():
                if text and word.search(text):
                    changed += await _run(
                        session,
                        update(table).where(key == row_id).values({column: word.sub(ERASED, text)}),
                    )
    return changed


async def _blank(session: AsyncSession, column: InstrumentedAttribute[str | None], where: Any) -> int:
    table = column.class_
    return await _run(session, update(table).where(where, column.is_not(None)).values({column: None}))


async def _run(session: AsyncSession, statement: Any) -> int:
    result: Any = await session.execute(statement)
    return int(result.rowcount)
