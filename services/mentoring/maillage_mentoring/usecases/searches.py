"""A search for a mentor from its opening to its end: whom to ask next, when to stop, when to try again."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from maillage import clock
from maillage.db import lock_row
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.candidates import facts_are_known, mentor_facts, needs_of, seeker_of, suggestions_for
from maillage_mentoring.errors import RequestAlreadyOpen
from maillage_mentoring.events import Origin, RequestClosed, RequestOpened, RequestOutcome
from maillage_mentoring.model import Coordinator, Mentorship, Position, Proposal, Request, RequestStatus
from maillage_mentoring.model.matching import LIVE
from maillage_mentoring.scoring import Suggestion, score
from maillage_mentoring.settings import MentoringSettings
from maillage_mentoring.usecases._tell import tell
from maillage_mentoring.usecases.asking import has_room, pending_of, propose, take_back

RETRIES_AT_ONCE = 50
FIRST_CHOICES = 5


@dataclass(frozen=True)
class Wishes:
    """What a mentee says she seeks. Without skills and challenges, her profile and her CPTS speak for her."""

    skills: list[str] = field(default_factory=list)
    challenges: list[str] = field(default_factory=list)
    note: str | None = None


async def open_request(
    session: AsyncSession,
    mentee_id: UUID,
    origin: Origin,
    *,
    wishes: Wishes | None = None,
    position_id: UUID | None = None,
) -> Request:
    """Open a search, without asking anyone yet. Raises RequestAlreadyOpen: one live search per mentee."""
    wishes = wishes or Wishes()
    request = Request(
        mentee_id=mentee_id,
        origin=origin,
        position_id=position_id,
        automatic=origin != "self",
        from_profile=not (wishes.skills or wishes.challenges),
        skills=sorted(set(wishes.skills)),
        challenges=sorted(set(wishes.challenges)),
        note=wishes.note,
        status=RequestStatus.OPEN,
        opened_at=clock.now(),
    )
    try:
        async with session.begin_nested():
            session.add(request)
    except IntegrityError as taken:
        raise RequestAlreadyOpen from taken
    await follow_profile(session, request)
    await _tell_opened(session, request)
    return request


async def live_request_of(session: AsyncSession, mentee_id: UUID) -> Request | None:
    """The mentee's search under way, held until the transaction ends."""
    live = select(Request.id).where(Request.mentee_id == mentee_id, Request.status.in_(LIVE))
    found = await session.scalar(live)
    return await lock_row(session, Request, found) if found else None


async def follow_profile(session: AsyncSession, request: Request) -> None:
    """Take skills and challenges from her profile as known now, unless she said what she seeks."""
    mentee = await session.get(Coordinator, request.mentee_id)
    if request.from_profile and mentee is not None:
        skills, challenges = await needs_of(session, mentee)
        if (skills, challenges) != (request.skills, request.challenges):
            request.skills, request.challenges = skills, challenges


async def ask_next(session: AsyncSession, request: Request, settings: MentoringSettings) -> None:
    """Ask the best mentor left, or end the search when there is none.

    Does nothing while someone is being asked, while the mentee chooses herself, or while the directory's
    facts about her have not arrived (`facts_arrived` resumes it).
    """
    if await pending_of(session, request):
        request.status = RequestStatus.PROPOSED
        return
    request.status = RequestStatus.OPEN
    if not request.automatic or not await facts_are_known(session, request):
        return
    await follow_profile(session, request)
    if not await _ask_best(session, request, settings):
        reason = "all-asked" if await _anyone_asked(session, request) else "no-mentor"
        await close(session, request, RequestStatus.UNMATCHED, "unmatched", reason)


async def _ask_best(session: AsyncSession, request: Request, settings: MentoringSettings) -> bool:
    for most in (FIRST_CHOICES, None):  # the others only when each of the best was taken by someone meanwhile
        for found in await suggestions_for(session, request, clock.today(), most):
            if await has_room(session, found.mentor_id):
                await propose(session, request, found, settings)
                return True
    return False


async def close(
    session: AsyncSession,
    request: Request,
    status: RequestStatus,
    outcome: RequestOutcome,
    reason: str | None = None,
    *,
    because: str = "request-withdrawn",
) -> None:
    """End the search; proposals still waiting are taken back, telling their mentors `because`."""
    for proposal in await pending_of(session, request):
        await take_back(session, proposal, because)
    request.status, request.closed_at, request.closed_reason = status, clock.now(), reason
    closed = RequestClosed(request_id=request.id, mentee_id=request.mentee_id, outcome=outcome, reason=reason)
    await tell(session, request, closed)


async def facts_arrived(session: AsyncSession, mentee_id: UUID, settings: MentoringSettings) -> None:
    """More is known of a mentee: go on with a search that waited, or correct what was said of her."""
    request = await live_request_of(session, mentee_id)
    if request is None:
        return
    await say_again(session, request)
    if request.status == RequestStatus.OPEN:
        await ask_next(session, request, settings)


async def cpts_arrived(session: AsyncSession, cpts_id: UUID, settings: MentoringSettings) -> None:
    """More is known of a CPTS: go on with the searches of those who work there."""
    waiting = (
        select(Request.mentee_id)
        .join(Position, Position.coordinator_id == Request.mentee_id)
        .where(Position.cpts_id == cpts_id, Request.status == RequestStatus.OPEN)
        .distinct()
    )
    for mentee_id in (await session.scalars(waiting)).all():
        await facts_arrived(session, mentee_id, settings)


async def say_again(session: AsyncSession, request: Request) -> None:
    """What is sought has changed: the reasons that waiting mentors read follow."""
    await follow_profile(session, request)
    for proposal in await pending_of(session, request):
        again = await score_now(session, request, proposal.mentor_id)
        if again is not None:
            proposal.score = again.score
            proposal.reasons = [reason.as_json() for reason in again.reasons]
            proposal.against = [reason.as_json() for reason in again.against]


async def score_now(session: AsyncSession, request: Request, mentor_id: UUID) -> Suggestion | None:
    """What speaks for and against this mentor by today's facts; None when she offers nothing."""
    facts = await mentor_facts(session, clock.today(), only=[mentor_id])
    return score(await seeker_of(session, request), facts[0], on=clock.today()) if facts else None


async def retry_unmatched(session: AsyncSession, settings: MentoringSettings) -> None:
    """A mentor has become available: take up the searches that found nobody, the longest waiting first."""
    since = clock.now() - timedelta(days=settings.retry_days)
    waiting = (
        select(Request)
        .where(Request.status == RequestStatus.UNMATCHED, Request.closed_at >= since)
        .order_by(Request.opened_at, Request.id)
        .limit(RETRIES_AT_ONCE)
        # Whoever holds a request now will look for a mentor herself.
        .with_for_update(skip_locked=True)
    )
    for request in (await session.scalars(waiting)).all():
        if await _is_still_needed(session, request):
            await follow_profile(session, request)
            if await suggestions_for(session, request, clock.today(), 1):
                await reopen(session, request)
                await ask_next(session, request, settings)


async def reopen(session: AsyncSession, request: Request) -> None:
    """Take up a search that had found nobody."""
    request.status, request.closed_at, request.closed_reason = RequestStatus.OPEN, None, None
    request.automatic = True
    await _tell_opened(session, request)


async def _is_still_needed(session: AsyncSession, request: Request) -> bool:
    mentee = await session.get(Coordinator, request.mentee_id)
    live = select(Request.id).where(Request.mentee_id == request.mentee_id, Request.status.in_(LIVE))
    paired = select(Mentorship.id).where(
        Mentorship.mentee_id == request.mentee_id, Mentorship.status == "active"
    )
    busy = await session.scalar(live) or await session.scalar(paired)
    active = mentee is not None and mentee.status == "active"
    return active and busy is None and await facts_are_known(session, request)


async def _anyone_asked(session: AsyncSession, request: Request) -> bool:
    return await session.scalar(select(Proposal.id).where(Proposal.request_id == request.id)) is not None


async def _tell_opened(session: AsyncSession, request: Request) -> None:
    opened = RequestOpened(
        request_id=request.id,
        mentee_id=request.mentee_id,
        origin=request.origin,
        skills=request.skills,
        challenges=request.challenges,
    )
    await tell(session, request, opened)


async def holds_a_post(session: AsyncSession, coordinator_id: UUID) -> bool:
    """Whether she holds any post at present."""
    held = select(Position.id).where(
        Position.coordinator_id == coordinator_id,
        Position.ended_on.is_(None),
        Position.started_on.is_not(None),
    )
    return await session.scalar(held) is not None
