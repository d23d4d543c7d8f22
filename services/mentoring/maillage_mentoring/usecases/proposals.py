"""What a mentor, a mentee or the clock does to a proposal."""

from datetime import timedelta
from uuid import UUID

from maillage import clock
from maillage.auth import Principal, require_self_or_animator
from maillage.db import lock_row
from maillage.errors import NotFound
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.candidates import load_of
from maillage_mentoring.errors import MentorFull, ProposalClosed
from maillage_mentoring.events import ProposalAccepted, ProposalDeclined, ProposalExpired, ProposalNudged
from maillage_mentoring.model import (
    MentorProfile,
    Mentorship,
    Proposal,
    ProposalStatus,
    Request,
    RequestStatus,
)
from maillage_mentoring.settings import MentoringSettings
from maillage_mentoring.usecases._tell import tell
from maillage_mentoring.usecases.asking import drop_deadlines, pending_of, proposal_event, take_back
from maillage_mentoring.usecases.mentors import pause, release_proposals
from maillage_mentoring.usecases.mentorships import start_mentorship
from maillage_mentoring.usecases.searches import ask_next, close


async def accept(
    session: AsyncSession, proposal_id: UUID, by: Principal, settings: MentoringSettings
) -> tuple[Proposal, Mentorship]:
    """The mentor says yes: the mentorship starts, the search ends, others asked are thanked.

    Raises Forbidden, ProposalClosed, and MentorFull when her last place has just gone: then the next mentor
    is asked, and that much is kept.
    """
    request, proposal = await _held(session, proposal_id)
    require_self_or_animator(by, proposal.mentor_id)
    _require_pending(proposal)
    mentor = await lock_row(session, MentorProfile, proposal.mentor_id)
    mentorships, _ = (await load_of(session, [mentor.id]))[mentor.id]
    if mentorships >= mentor.capacity:
        await take_back(session, proposal, "mentor-full")
        await ask_next(session, request, settings)
        raise MentorFull
    await _settle(session, proposal, ProposalStatus.ACCEPTED)
    await tell(session, proposal, proposal_event(ProposalAccepted, proposal))
    mentorship = await start_mentorship(session, proposal)
    await close(session, request, RequestStatus.MATCHED, "matched", because="other-accepted")
    if mentorships + 1 >= mentor.capacity:
        await release_proposals(session, mentor.id, "mentor-full", settings, wait=False)
    return proposal, mentorship


async def decline(
    session: AsyncSession, proposal_id: UUID, by: Principal, reason: str | None, settings: MentoringSettings
) -> Proposal:
    """The mentor says no, and need not say why: the next one is asked. Raises Forbidden, ProposalClosed."""
    request, proposal = await _held(session, proposal_id)
    require_self_or_animator(by, proposal.mentor_id)
    _require_pending(proposal)
    await _settle(session, proposal, ProposalStatus.DECLINED)
    proposal.decline_reason = reason
    await tell(session, proposal, proposal_event(ProposalDeclined, proposal))
    await ask_next(session, request, settings)
    return proposal


async def withdraw(session: AsyncSession, proposal_id: UUID, by: Principal) -> Proposal:
    """The mentee takes one proposal back and chooses herself from then on. Raises as `decline`."""
    request, proposal = await _held(session, proposal_id)
    require_self_or_animator(by, proposal.mentee_id)
    _require_pending(proposal)
    await take_back(session, proposal, "mentee-chose")
    request.automatic = False
    request.status = RequestStatus.PROPOSED if await pending_of(session, request) else RequestStatus.OPEN
    return proposal


async def expire(session: AsyncSession, proposal_id: UUID, settings: MentoringSettings) -> None:
    """The deadline has passed without an answer: the next mentor is asked; who stays silent is paused."""
    request, proposal = await _held(session, proposal_id)
    if not proposal.is_pending:
        return
    proposal.status = ProposalStatus.EXPIRED
    await drop_deadlines(session, proposal)
    await tell(session, proposal, proposal_event(ProposalExpired, proposal))
    if await _is_silent(session, proposal.mentor_id, settings.silent_proposals):
        until = clock.today() + timedelta(days=settings.silent_pause_days)
        await pause(session, proposal.mentor_id, until, settings)
    await ask_next(session, request, settings)


async def nudge(session: AsyncSession, proposal_id: UUID) -> None:
    """Remind a mentor who has not answered."""
    proposal = await session.get(Proposal, proposal_id)
    if proposal is not None and proposal.is_pending:
        await tell(session, proposal, proposal_event(ProposalNudged, proposal))


async def _settle(session: AsyncSession, proposal: Proposal, status: ProposalStatus) -> None:
    proposal.status, proposal.answered_at = status, clock.now()
    await drop_deadlines(session, proposal)


async def _is_silent(session: AsyncSession, mentor_id: UUID, limit: int) -> bool:
    """Whether her latest `limit` proposals all ran out."""
    over = (ProposalStatus.ACCEPTED, ProposalStatus.DECLINED, ProposalStatus.EXPIRED)
    latest = (
        select(Proposal.status)
        .where(Proposal.mentor_id == mentor_id, Proposal.status.in_(over))
        .order_by(Proposal.made_at.desc(), Proposal.id.desc())
        .limit(limit)
    )
    found = (await session.scalars(latest)).all()
    return len(found) == limit and all(status == ProposalStatus.EXPIRED for status in found)


async def _held(session: AsyncSession, proposal_id: UUID) -> tuple[Request, Proposal]:
    """The proposal with its request, both held; the request first, so that nobody waits in a circle."""
    request_id = await session.scalar(select(Proposal.request_id).where(Proposal.id == proposal_id))
    if request_id is None:
        raise NotFound
    request = await lock_row(session, Request, request_id)
    return request, await lock_row(session, Proposal, proposal_id)


def _require_pending(proposal: Proposal) -> None:
    if not proposal.is_pending:
        raise ProposalClosed
