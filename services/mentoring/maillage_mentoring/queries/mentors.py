"""Who offers to mentor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from maillage import clock
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.candidates import load_of, places_of, reply_hours
from maillage_mentoring.model import Coordinator, Cpts, MentorProfile, Mentorship, Position
from maillage_mentoring.model.mentor import DEFAULT_CAPACITY
from maillage_mentoring.queries.people import Reading, people
from maillage_mentoring.schemas import Mentor, MentorProfileOut
from maillage_mentoring.scoring import Place


@dataclass(frozen=True)
class MentorFilter:
    """What the reader looks for; None asks nothing."""

    skill: str | None = None
    challenge: str | None = None
    department: str | None = None
    territory_type: str | None = None
    available: bool | None = None


async def mentor_profile(session: AsyncSession, coordinator_id: UUID) -> MentorProfileOut:
    """Her offer; one never made is drafted from what the directory says she offers, as version 0."""
    mentor = await session.get(MentorProfile, coordinator_id) or await _draft(session, coordinator_id)
    mentorships, pending = (await load_of(session, [coordinator_id]))[coordinator_id]
    return MentorProfileOut(
        coordinator_id=coordinator_id,
        active=mentor.active,
        capacity=mentor.capacity,
        max_pending=mentor.max_pending,
        skills=mentor.skills,
        challenges=mentor.challenges,
        note=mentor.note,
        paused_until=mentor.paused_until,
        mentorships=mentorships,
        pending=pending,
        usual_reply_hours=(await reply_hours(session, [coordinator_id])).get(coordinator_id),
        version=mentor.version,
    )


async def _draft(session: AsyncSession, coordinator_id: UUID) -> MentorProfile:
    person = await session.get(Coordinator, coordinator_id)
    return MentorProfile(
        id=coordinator_id,
        active=False,
        capacity=DEFAULT_CAPACITY,
        max_pending=DEFAULT_CAPACITY,
        skills=sorted(person.skills_with("offers")) if person else [],
        challenges=sorted(person.challenges_met("solved", "can_help")) if person else [],
        version=0,
    )


async def list_mentors(
    reading: Reading, params: Paging, wanted: MentorFilter
) -> tuple[list[Mentor], str | None]:
    """Active mentors; with `updated_since` also those who do not offer, so that a copy can follow.

    Of these nothing else is said, whatever was asked for: the words of an offer that was taken back, or that
    is not made yet, are hers.
    """
    stmt = select(MentorProfile, Coordinator.status).join(Coordinator, Coordinator.id == MentorProfile.id)
    offered = and_(MentorProfile.active, Coordinator.status == "active")
    shown = and_(offered, *_matching(wanted))
    rows, cursor = await paginate(
        reading.session,
        stmt.where(shown if params.updated_since is None else or_(shown, ~offered)),
        params,
        key=(MentorProfile.created_at, MentorProfile.id),
    )
    return await _views(reading, rows), cursor


def _matching(wanted: MentorFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.skill:
        yield _lists(MentorProfile.skills, wanted.skill)
    if wanted.challenge:
        yield _lists(MentorProfile.challenges, wanted.challenge)
    if wanted.department:
        yield _works_where(_lists(Cpts.departments, wanted.department))
    if wanted.territory_type:
        yield _works_where(_lists(Cpts.territory_types, wanted.territory_type))
    if wanted.available is not None:
        yield _is_free() if wanted.available else ~_is_free()


def _lists(column: ColumnElement[list[str]] | object, slug: str) -> ColumnElement[bool]:
    """Whether a JSON list of slugs holds this one; a slug has no character LIKE or JSON would read."""
    return cast(column, String).like(f'%"{slug}"%')


def _works_where(place: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(Position.id)
        .join(Cpts, Cpts.id == Position.cpts_id)
        .where(Position.coordinator_id == MentorProfile.id, Position.ended_on.is_(None), place)
    )


def _is_free() -> ColumnElement[bool]:
    carried = (
        select(func.count())
        .where(Mentorship.mentor_id == MentorProfile.id, Mentorship.status == "active")
        .scalar_subquery()
    )
    awake = or_(MentorProfile.paused_until.is_(None), MentorProfile.paused_until <= clock.today())
    return MentorProfile.active & awake & (carried < MentorProfile.capacity)


async def _views(reading: Reading, rows: Sequence[tuple[MentorProfile, str]]) -> list[Mentor]:
    ids = [mentor.id for mentor, _ in rows]
    who, load = await people(reading, ids), await load_of(reading.session, ids)
    places, replies = await places_of(reading.session, ids), await reply_hours(reading.session, ids)
    return [
        Mentor(
            **who[mentor.id].model_dump(),
            departments=sorted(places.get(mentor.id, Place()).departments),
            territory_types=sorted(places.get(mentor.id, Place()).territory_types),
            skills=mentor.skills,
            challenges=mentor.challenges,
            note=None if reading.by.is_service else mentor.note,
            active=True,
            available=mentor.is_available(clock.today()) and load[mentor.id][0] < mentor.capacity,
            capacity=mentor.capacity,
            mentorships=load[mentor.id][0],
            paused_until=mentor.paused_until,
            usual_reply_hours=replies.get(mentor.id),
            version=mentor.version,
        )
        if mentor.active and status == "active"
        else _no_offer(mentor)
        for mentor, status in rows
    ]


def _no_offer(mentor: MentorProfile) -> Mentor:
    """Whose offer is not there (any more), and nothing else of her."""
    return Mentor(
        id=mentor.id,
        first_name=None,
        last_name=None,
        cpts_id=None,
        cpts_name=None,
        departments=[],
        territory_types=[],
        skills=[],
        challenges=[],
        note=None,
        active=False,
        available=False,
        capacity=0,
        mentorships=0,
        paused_until=None,
        usual_reply_hours=None,
        version=mentor.version,
    )
