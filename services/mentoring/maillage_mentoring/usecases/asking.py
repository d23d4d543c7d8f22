"""Asking one mentor: the proposal, its deadlines, taking it back. Whom to ask is decided in searches.py."""

from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from maillage import clock
from maillage.db import lock_row
from maillage.timers import cancel_timer, schedule
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.candidates import load_of
from maillage_mentoring.events import ProposalEvent, ProposalMade, ProposalWithdrawn
from maillage_mentoring.model import MentorProfile, Proposal, ProposalStatus, Request, RequestStatus
from maillage_mentoring.scoring import Suggestion
from maillage_mentoring.settings import MentoringSettings
from maillage_mentoring.usecases._tell import tell

EXPIRY, NUDGE = "proposal-expiry", "proposal-nudge"
Told = TypeVar("Told", bound=ProposalEvent)


def proposal_event(kind: type[Told], proposal: Proposal, **more: object) -> Told:
    """The event of that kind about a proposal: ids and codes."""
    return kind(
        proposal_id=proposal.id,
        request_id=proposal.request_id,
        mentee_id=proposal.mentee_id,
        mentor_id=proposal.mentor_id,
        rank=proposal.rank,
        answer_by=proposal.answer_by,
        score=proposal.score,
        reasons=[reason["code"] for reason in proposal.reasons],
        against=[reason["code"] for reason in proposal.against],
        **more,
    )


async def has_room(session: AsyncSession, mentor_id: UUID) -> bool:
    """Whether she can be asked now. Holds her row if so, that the answer stays true until the commit.

    Of one who cannot be asked nothing is held: two searches that pass over the same full mentors in different
    orders would each hold what the other waits for.
    """
    mentor = await session.get(MentorProfile, mentor_id)
    if mentor is None or not await _is_free(session, mentor):
        return False
    attempt = await session.begin_nested()
    if await _is_free(session, await lock_row(session, MentorProfile, mentor_id)):
        await attempt.commit()
        return True
    await attempt.rollback()  # PostgreSQL gives back what was locked since the savepoint
    return False


async def _is_free(session: AsyncSession, mentor: MentorProfile) -> bool:
    mentorships, pending = (await load_of(session, [mentor.id]))[mentor.id]
    available = mentor.is_available(clock.today())
    return available and mentorships < mentor.capacity and pending < mentor.max_pending


async def propose(
    session: AsyncSession, request: Request, found: Suggestion, settings: MentoringSettings
) -> Proposal:
    """Ask this mentor, with a deadline for her answer and a reminder before it."""
    asked = select(func.count()).select_from(Proposal).where(Proposal.request_id == request.id)
    made = clock.now()
    proposal = Proposal(
        request_id=request.id,
        mentee_id=request.mentee_id,
        mentor_id=found.mentor_id,
        rank=1 + (await session.scalar(asked) or 0),
        status=ProposalStatus.PENDING,
        score=found.score,
        reasons=[reason.as_json() for reason in found.reasons],
        against=[reason.as_json() for reason in found.against],
        made_at=made,
        answer_by=made + timedelta(days=settings.answer_days),
    )
    session.add(proposal)
    request.status = RequestStatus.PROPOSED
    await session.flush()
    await set_deadlines(session, proposal, settings)
    await tell(session, proposal, proposal_event(ProposalMade, proposal))
    return proposal


async def set_deadlines(
    session: AsyncSession,
    proposal: Proposal,
    settings: MentoringSettings,
    *,
    not_before: datetime | None = None,
) -> None:
    """The reminder, if it comes before the deadline, and the deadline."""
    nudge_at = proposal.made_at + timedelta(days=settings.nudge_days)
    if nudge_at < proposal.answer_by and nudge_at >= clock.now():
        await schedule(session, NUDGE, str(proposal.id), nudge_at)
    due = proposal.answer_by if not_before is None else max(proposal.answer_by, not_before)
    await schedule(session, EXPIRY, str(proposal.id), due)


async def drop_deadlines(session: AsyncSession, proposal: Proposal) -> None:
    """No more reminder and no expiry for a proposal that is settled."""
    for name in (NUDGE, EXPIRY):
        await cancel_timer(session, name, str(proposal.id))


async def take_back(session: AsyncSession, proposal: Proposal, because: str) -> None:
    """The mentor need not answer any more; `because` is one of the codes of ProposalWithdrawn."""
    proposal.status = ProposalStatus.WITHDRAWN
    proposal.withdrawn_because = because
    await drop_deadlines(session, proposal)
    await tell(session, proposal, proposal_event(ProposalWithdrawn, proposal, because=because))


async def pending_of(session: AsyncSession, request: Request) -> list[Proposal]:
    """The proposals of a request that await an answer, in the order they were made."""
    waiting = (
        select(Proposal)
        .where(Proposal.request_id == request.id, Proposal.status == ProposalStatus.PENDING)
        .order_by(Proposal.rank)
    )
    return list((await session.scalars(waiting)).all())
