"""What a mentee, or an animator for her, does with her search for a mentor."""

from uuid import UUID

from maillage import clock
from maillage.auth import COORDINATOR, Principal, require_self_or_animator
from maillage.db import lock_row
from maillage.http import expect_version
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.candidates import mentor_facts, ruled_out, seeker_of
from maillage_mentoring.errors import (
    MentorFull,
    MentorNotPossible,
    RequestAlreadyOpen,
    RequestClosed,
    TooManyProposals,
    UnknownCoordinator,
)
from maillage_mentoring.model import Coordinator, Proposal, Request, RequestStatus
from maillage_mentoring.scoring import MentorFacts, barred, score
from maillage_mentoring.settings import MentoringSettings
from maillage_mentoring.usecases.asking import has_room, pending_of, propose
from maillage_mentoring.usecases.searches import (
    Wishes,
    close,
    live_request_of,
    open_request,
    reopen,
    say_again,
)


async def ask(session: AsyncSession, by: Principal, mentee_id: UUID, wishes: Wishes) -> Request:
    """Open a search in her own words, in place of one opened for her; a second of her own is refused.

    Raises Forbidden, UnknownCoordinator, RequestAlreadyOpen.
    """
    require_self_or_animator(by, mentee_id)
    mentee = await session.get(Coordinator, mentee_id)
    herself = mentee_id == by.id and COORDINATOR in by.roles  # the news of her may be on its way
    if mentee is None and not herself:
        raise UnknownCoordinator
    if mentee is not None and mentee.status != "active":
        raise UnknownCoordinator
    live = await live_request_of(session, mentee_id)
    if live is not None and live.origin == "self":
        raise RequestAlreadyOpen
    if live is not None:
        await close(session, live, RequestStatus.WITHDRAWN, "withdrawn", "replaced", because="mentee-chose")
    return await open_request(session, mentee_id, "self", wishes=wishes)


async def edit(
    session: AsyncSession, request_id: UUID, by: Principal, version: int, wishes: Wishes
) -> Request:
    """Change what she seeks while the search lasts. Raises Forbidden, RequestClosed, PreconditionFailed."""
    request = await _held(session, request_id, by)
    expect_version(request, version)
    request.note = wishes.note
    request.from_profile = not (wishes.skills or wishes.challenges)
    request.skills, request.challenges = sorted(set(wishes.skills)), sorted(set(wishes.challenges))
    await say_again(session, request)
    return request


async def withdraw(session: AsyncSession, request_id: UUID, by: Principal) -> Request:
    """End the search; mentors who were asked need not answer. Raises Forbidden, RequestClosed."""
    request = await _held(session, request_id, by, or_unmatched=True)
    await close(session, request, RequestStatus.WITHDRAWN, "withdrawn")
    return request


async def pick(
    session: AsyncSession, request_id: UUID, by: Principal, mentor_id: UUID, settings: MentoringSettings
) -> Proposal:
    """Ask the mentor she chose; from then on the next is asked when this one cannot.

    Raises Forbidden, RequestClosed, TooManyProposals, MentorNotPossible, MentorFull.
    """
    request = await _held(session, request_id, by, or_unmatched=True)
    waiting = await pending_of(session, request)
    if any(proposal.mentor_id == mentor_id for proposal in waiting):
        raise MentorNotPossible(rule="already-asked")
    if len(waiting) >= settings.parallel_proposals:
        raise TooManyProposals(limit=settings.parallel_proposals)
    seeker = await seeker_of(session, request)
    mentor = await _known_mentor(session, mentor_id)
    rule = barred(seeker, mentor, await ruled_out(session, request))
    if rule in ("full", "too-many-pending"):
        raise MentorFull
    if rule is not None:
        raise MentorNotPossible(rule=rule)
    if not await has_room(session, mentor_id):
        raise MentorFull
    if request.status == RequestStatus.UNMATCHED:
        await reopen(session, request)
    request.automatic = True
    return await propose(session, request, score(seeker, mentor, on=clock.today()), settings)


async def _known_mentor(session: AsyncSession, mentor_id: UUID) -> MentorFacts:
    facts = await mentor_facts(session, clock.today(), only=[mentor_id])
    if not facts:
        raise MentorNotPossible(rule="not-available")
    return facts[0]


async def _held(
    session: AsyncSession, request_id: UUID, by: Principal, *, or_unmatched: bool = False
) -> Request:
    request = await lock_row(session, Request, request_id)
    require_self_or_animator(by, request.mentee_id)
    if not request.is_live and not (or_unmatched and request.status == RequestStatus.UNMATCHED):
        raise RequestClosed
    return request
