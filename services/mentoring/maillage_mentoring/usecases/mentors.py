"""A mentor's offer: made, changed, paused, resumed. Whoever waits for her answer is never left waiting."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from maillage import clock
from maillage.auth import COORDINATOR, Principal
from maillage.db import lock_row
from maillage.errors import PreconditionFailed
from maillage.timers import cancel_timer, schedule
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.errors import UnknownCoordinator
from maillage_mentoring.events import MentorAvailable, MentorPaused
from maillage_mentoring.model import MentorProfile, Proposal, ProposalStatus, Request
from maillage_mentoring.model.mentor import DEFAULT_CAPACITY
from maillage_mentoring.settings import MentoringSettings
from maillage_mentoring.usecases._tell import tell
from maillage_mentoring.usecases.asking import take_back
from maillage_mentoring.usecases.network import require_not_erased
from maillage_mentoring.usecases.searches import ask_next, retry_unmatched

RESUME = "mentor-resume"


@dataclass(frozen=True)
class Offer:
    """What a coordinator offers as a mentor. `max_pending` follows the capacity unless she says otherwise."""

    active: bool = False
    capacity: int = DEFAULT_CAPACITY
    max_pending: int | None = None
    skills: list[str] = field(default_factory=list)
    challenges: list[str] = field(default_factory=list)
    note: str | None = None
    paused_until: date | None = None


async def offer(
    session: AsyncSession, by: Principal, wanted: Offer, version: int, settings: MentoringSettings
) -> MentorProfile:
    """Make or change one's offer; version 0 is that of an offer never made.

    Raises PreconditionFailed, and UnknownCoordinator for an operator, who is nobody's colleague, and for one
    who was erased.
    """
    if COORDINATOR not in by.roles:
        raise UnknownCoordinator
    await require_not_erased(session, by.id)
    await _hold_requests_asking(session, by.id)
    mentor = await _held_or_new(session, by.id, version)
    was_available = mentor.is_available(clock.today())
    paused = wanted.paused_until if wanted.paused_until and wanted.paused_until > clock.today() else None
    mentor.active, mentor.capacity = wanted.active, wanted.capacity
    mentor.max_pending = wanted.max_pending or max(wanted.capacity, DEFAULT_CAPACITY)
    mentor.skills, mentor.challenges = sorted(set(wanted.skills)), sorted(set(wanted.challenges))
    mentor.note, mentor.paused_until = wanted.note, paused
    try:
        await session.flush()
    except IntegrityError as made_meanwhile:
        raise PreconditionFailed from made_meanwhile
    if mentor.is_available(clock.today()):
        await _announce(session, mentor, settings)
    elif was_available:
        await _step_back(session, mentor, "mentor-paused", settings)
    await set_resume(session, mentor)
    return mentor


async def pause(session: AsyncSession, mentor_id: UUID, until: date, settings: MentoringSettings) -> None:
    """Take her off the suggestions until that day."""
    mentor = await lock_row(session, MentorProfile, mentor_id)
    if mentor.is_available(clock.today()):
        mentor.paused_until = until
        await _step_back(session, mentor, "mentor-paused", settings)
        await set_resume(session, mentor)


async def resume(session: AsyncSession, mentor_id: UUID, settings: MentoringSettings) -> None:
    """Her pause is over: she may be asked again, and searches that found nobody are taken up."""
    mentor = await session.get(MentorProfile, mentor_id)
    if mentor is not None and mentor.active and mentor.is_available(clock.today()):
        mentor.paused_until = None
        await _announce(session, mentor, settings)


async def mentor_facts_arrived(
    session: AsyncSession, coordinator_id: UUID, settings: MentoringSettings
) -> None:
    """More is known of someone; if she offers to mentor, she may now be the one somebody waits for."""
    mentor = await session.get(MentorProfile, coordinator_id)
    if mentor is not None and mentor.is_available(clock.today()):
        await retry_unmatched(session, settings)


async def stop_offering(session: AsyncSession, mentor_id: UUID, settings: MentoringSettings) -> None:
    """She has left: no offer any more, and those who waited for her answer go on to the next mentor."""
    mentor = await session.get(MentorProfile, mentor_id)
    if mentor is None:
        await release_proposals(session, mentor_id, "mentor-left", settings)
        return
    was_active, mentor.active = mentor.active, False
    if was_active:
        await _step_back(session, mentor, "mentor-left", settings)
        await cancel_timer(session, RESUME, str(mentor_id))


async def release_proposals(
    session: AsyncSession,
    mentor_id: UUID,
    because: str,
    settings: MentoringSettings,
    *,
    wait: bool = True,
) -> None:
    """Take back what awaits her answer and ask the next mentor for each.

    With `wait=False` a request someone else is changing this instant is left to her: two mentors' answers
    must not wait for each other.
    """
    asking = (
        select(Request)
        .join(Proposal, Proposal.request_id == Request.id)
        .where(Proposal.mentor_id == mentor_id, Proposal.status == ProposalStatus.PENDING)
        .order_by(Request.id)
        .with_for_update(of=Request, skip_locked=not wait)
    )
    for request in (await session.scalars(asking)).unique().all():
        waiting = select(Proposal).where(
            Proposal.request_id == request.id,
            Proposal.mentor_id == mentor_id,
            Proposal.status == ProposalStatus.PENDING,
        )
        for proposal in (await session.scalars(waiting)).all():
            await take_back(session, proposal, because)
        await ask_next(session, request, settings)


async def _announce(session: AsyncSession, mentor: MentorProfile, settings: MentoringSettings) -> None:
    available = MentorAvailable(
        coordinator_id=mentor.id,
        capacity=mentor.capacity,
        skills=mentor.skills,
        challenges=mentor.challenges,
    )
    await tell(session, mentor, available)
    await retry_unmatched(session, settings)


async def _step_back(
    session: AsyncSession, mentor: MentorProfile, because: str, settings: MentoringSettings
) -> None:
    until = mentor.paused_until if mentor.active else None
    await tell(session, mentor, MentorPaused(coordinator_id=mentor.id, until=until))
    await release_proposals(session, mentor.id, because, settings)


async def set_resume(
    session: AsyncSession, mentor: MentorProfile, *, not_before: datetime | None = None
) -> None:
    """Wake her offer on the morning her pause ends, in the region's time."""
    if mentor.active and mentor.paused_until is not None:
        morning = datetime.combine(mentor.paused_until, time.min, tzinfo=clock.zone())
        await schedule(session, RESUME, str(mentor.id), max(morning, not_before or morning))
    else:
        await cancel_timer(session, RESUME, str(mentor.id))


async def _hold_requests_asking(session: AsyncSession, mentor_id: UUID) -> None:
    """Held before her own row, in the order every change takes them, so that nobody waits in a circle."""
    asking = select(Proposal.request_id).where(
        Proposal.mentor_id == mentor_id, Proposal.status == ProposalStatus.PENDING
    )
    held = select(Request.id).where(Request.id.in_(asking)).order_by(Request.id).with_for_update()
    (await session.execute(held)).all()


async def _held_or_new(session: AsyncSession, coordinator_id: UUID, version: int) -> MentorProfile:
    if await session.get(MentorProfile, coordinator_id) is None:
        if version != 0:
            raise PreconditionFailed
        mentor = MentorProfile(id=coordinator_id, active=False)
        session.add(mentor)
        return mentor
    mentor = await lock_row(session, MentorProfile, coordinator_id)
    if mentor.version != version:
        raise PreconditionFailed
    return mentor
