"""Somebody takes up a post, or leaves it: what mentoring does about it, in one transaction each."""

from uuid import UUID

from maillage import clock
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.events import EndReason, RequestOutcome
from maillage_mentoring.model import Coordinator, MentorProfile, Mentorship, Position, Request, RequestStatus
from maillage_mentoring.settings import MentoringSettings
from maillage_mentoring.usecases.mentors import stop_offering
from maillage_mentoring.usecases.mentorships import finish
from maillage_mentoring.usecases.pathways import open_pathway, settle_steps
from maillage_mentoring.usecases.searches import ask_next, close, holds_a_post, live_request_of, open_request


async def welcome(session: AsyncSession, position_id: UUID, settings: MentoringSettings) -> None:
    """A newcomer's pathway opens and a mentor is asked for her. Old news and posts left since stay silent."""
    position = await session.get(Position, position_id)
    if position is None or not _is_news(position, settings):
        return
    person = await session.get(Coordinator, position.coordinator_id)
    if person is not None and person.status == "erased":
        return
    if await open_pathway(session, position) is None:
        return
    if await _seeks_a_mentor(session, position.coordinator_id):
        request = await open_request(session, position.coordinator_id, "arrival", position_id=position.id)
        await ask_next(session, request, settings)
    await settle_steps(session, position.coordinator_id)


async def leave_network(session: AsyncSession, coordinator_id: UUID, settings: MentoringSettings) -> None:
    """She has left: her mentoring is closed or handed over.

    Two events say so, her departure and the end of her last post, and either may be the later to come. An end
    alone does not: the post that she moves to may only be told of afterwards. Nor does a departure that is
    told when she is back.
    """
    person = await session.get(Coordinator, coordinator_id)
    has_left = person is not None and person.status == "left"
    if has_left and not await holds_a_post(session, coordinator_id):
        await leave(session, coordinator_id, "left", "position-ended", settings)


async def leave(
    session: AsyncSession,
    coordinator_id: UUID,
    outcome: RequestOutcome,
    reason: EndReason,
    settings: MentoringSettings,
) -> None:
    """She is gone: her search and her mentorships end, her mentees are handed over."""
    await _stop_seeking(session, coordinator_id, outcome)
    await _end_all(session, Mentorship.mentee_id == coordinator_id, reason, settings, handover=False)
    await stop_offering(session, coordinator_id, settings)
    await _end_all(session, Mentorship.mentor_id == coordinator_id, reason, settings, handover=True)


def _is_news(position: Position, settings: MentoringSettings) -> bool:
    if position.started_on is None or position.ended_on is not None:
        return False
    return (clock.today() - position.started_on).days <= settings.newcomer_days


async def _seeks_a_mentor(session: AsyncSession, coordinator_id: UUID) -> bool:
    """Not when she has one, is being found one, or mentors others herself."""
    paired = select(Mentorship.id).where(
        Mentorship.mentee_id == coordinator_id, Mentorship.status == "active"
    )
    offer = await session.get(MentorProfile, coordinator_id)
    if offer is not None and offer.active:
        return False
    busy = await live_request_of(session, coordinator_id) or await session.scalar(paired)
    return busy is None


async def _stop_seeking(session: AsyncSession, coordinator_id: UUID, outcome: RequestOutcome) -> None:
    live = await live_request_of(session, coordinator_id)
    if live is not None:
        await close(session, live, RequestStatus.CLOSED, outcome, because="mentee-left")
    parked = select(Request).where(
        Request.mentee_id == coordinator_id, Request.status == RequestStatus.UNMATCHED
    )
    for request in (await session.scalars(parked)).all():
        await close(session, request, RequestStatus.CLOSED, outcome)


async def _end_all(
    session: AsyncSession,
    whose: ColumnElement[bool],
    reason: EndReason,
    settings: MentoringSettings,
    *,
    handover: bool,
) -> None:
    active = select(Mentorship).where(whose, Mentorship.status == "active").order_by(Mentorship.id)
    for mentorship in (await session.scalars(active.with_for_update())).all():
        await finish(session, mentorship, reason, settings, handover=handover)
