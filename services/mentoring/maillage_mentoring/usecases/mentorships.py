"""A mentorship from its start to its end."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from maillage import clock
from maillage.auth import Principal
from maillage.db import lock_row
from maillage.errors import Forbidden
from maillage.http import expect_version
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.errors import InTheFuture, MentorshipEnded
from maillage_mentoring.events import EndReason
from maillage_mentoring.events import MentorshipEnded as Ended
from maillage_mentoring.events import MentorshipStarted as Started
from maillage_mentoring.model import Coordinator, Feedback, Meeting, Mentorship, Proposal, Request
from maillage_mentoring.settings import MentoringSettings
from maillage_mentoring.usecases._tell import tell
from maillage_mentoring.usecases.network import require_not_erased
from maillage_mentoring.usecases.pathways import settle_steps
from maillage_mentoring.usecases.searches import (
    ask_next,
    holds_a_post,
    live_request_of,
    open_request,
    retry_unmatched,
)


@dataclass(frozen=True)
class Held:
    """A meeting as it is reported. `topics` stay between the two."""

    held_on: date
    duration_minutes: int
    topics: str | None = None


async def start_mentorship(session: AsyncSession, proposal: Proposal) -> Mentorship:
    """The pair of an accepted proposal begins today."""
    mentorship = Mentorship(
        request_id=proposal.request_id,
        mentee_id=proposal.mentee_id,
        mentor_id=proposal.mentor_id,
        status="active",
        started_on=clock.today(),
    )
    session.add(mentorship)
    await session.flush()
    started = Started(
        mentorship_id=mentorship.id,
        request_id=proposal.request_id,
        mentee_id=mentorship.mentee_id,
        mentor_id=mentorship.mentor_id,
        started_on=mentorship.started_on,
    )
    await tell(session, mentorship, started)
    await settle_steps(session, mentorship.mentee_id)
    return mentorship


async def agree(
    session: AsyncSession,
    mentorship_id: UUID,
    by: Principal,
    version: int,
    changes: dict[str, str | int | None],
) -> Mentorship:
    """Change goals or cadence of the agreement. Raises Forbidden, MentorshipEnded, PreconditionFailed."""
    mentorship = await _held_by_one_of_the_two(session, mentorship_id, by)
    expect_version(mentorship, version)
    for name, value in changes.items():
        setattr(mentorship, name, value)
    return mentorship


async def record_meeting(session: AsyncSession, mentorship_id: UUID, by: Principal, held: Held) -> Meeting:
    """They met. Raises Forbidden, MentorshipEnded, InTheFuture."""
    mentorship = await _held_by_one_of_the_two(session, mentorship_id, by)
    if held.held_on > clock.today():
        raise InTheFuture(errors=[{"pointer": "/held_on", "detail": "?"}])
    meeting = Meeting(
        mentorship_id=mentorship.id,
        held_on=held.held_on,
        duration_minutes=held.duration_minutes,
        topics=held.topics,
        recorded_by=by.id,
    )
    session.add(meeting)
    mentorship.updated_at = clock.now()
    await session.flush()
    await settle_steps(session, mentorship.mentee_id)
    return meeting


async def end(
    session: AsyncSession,
    mentorship_id: UUID,
    by: Principal,
    reason: EndReason,
    settings: MentoringSettings,
    *,
    rematch: bool = False,
) -> Mentorship:
    """One of the two, or an animator, ends it; with `rematch` another mentor is looked for at once."""
    mentorship = await lock_row(session, Mentorship, mentorship_id)
    _require_one_of_the_two(mentorship, by, animator_may=True)
    if not mentorship.is_active:
        raise MentorshipEnded
    await finish(session, mentorship, reason, settings, handover=rematch)
    await retry_unmatched(session, settings)
    return mentorship


async def finish(
    session: AsyncSession,
    mentorship: Mentorship,
    reason: EndReason,
    settings: MentoringSettings,
    *,
    handover: bool = False,
) -> None:
    """End it, for whatever cause; with `handover` the mentee's search for another mentor begins."""
    mentorship.status, mentorship.ended_on, mentorship.end_reason = "ended", clock.today(), reason
    await session.flush()
    request = await _handover(session, mentorship.mentee_id) if handover else None
    mentorship.handover_request_id = request.id if request else None
    ended = Ended(
        mentorship_id=mentorship.id,
        mentee_id=mentorship.mentee_id,
        mentor_id=mentorship.mentor_id,
        ended_on=mentorship.ended_on,
        reason=reason,
        handover_request_id=mentorship.handover_request_id,
    )
    await tell(session, mentorship, ended)
    if request is not None:
        await ask_next(session, request, settings)


async def give_feedback(
    session: AsyncSession, mentorship_id: UUID, by: Principal, rating: int, comment: str | None
) -> Feedback:
    """What one of the two says of it, at any time; said again, it replaces what she said before.

    Raises Forbidden, and UnknownCoordinator for one who was erased.
    """
    mentorship = await lock_row(session, Mentorship, mentorship_id)
    _require_one_of_the_two(mentorship, by)
    await require_not_erased(session, by.id)
    earlier = select(Feedback).where(Feedback.mentorship_id == mentorship.id, Feedback.author_id == by.id)
    feedback = await session.scalar(earlier)
    if feedback is None:
        feedback = Feedback(mentorship_id=mentorship.id, author_id=by.id)
        session.add(feedback)
    feedback.rating, feedback.comment = rating, comment
    return feedback


async def _handover(session: AsyncSession, mentee_id: UUID) -> Request | None:
    mentee = await session.get(Coordinator, mentee_id)
    stays = mentee is not None and mentee.status == "active" and await holds_a_post(session, mentee_id)
    if not stays or await live_request_of(session, mentee_id) is not None:
        return None
    return await open_request(session, mentee_id, "handover")


async def _held_by_one_of_the_two(session: AsyncSession, mentorship_id: UUID, by: Principal) -> Mentorship:
    mentorship = await lock_row(session, Mentorship, mentorship_id)
    _require_one_of_the_two(mentorship, by)
    if not mentorship.is_active:
        raise MentorshipEnded
    return mentorship


def _require_one_of_the_two(mentorship: Mentorship, by: Principal, *, animator_may: bool = False) -> None:
    if by.id not in (mentorship.mentee_id, mentorship.mentor_id) and not (animator_may and by.is_animator):
        raise Forbidden
