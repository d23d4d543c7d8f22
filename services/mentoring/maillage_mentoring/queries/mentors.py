"""Who offers to mentor."""

from dataclasses import dataclass
from uuid import UUID

from maillage import clock
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import ColumnElement, Select, String, cast, exists, func, or_, select
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
    """Active mentors; with `updated_since` also those who stopped, so that a copy can follow."""
    stmt = select(MentorProfile).join(Coordinator, Coordinator.id == MentorProfile.id)
    if params.updated_since is None:
        stmt = stmt.where(MentorProfile.active, Coordinator.status == "active")
    rows, cursor = await paginate(
        reading.session,
        _matching(stmt, wanted),
        params,
        key=(MentorProfile.created_at, MentorProfile.id),
    )
    return await _views(reading, rows), cursor


def _matching(stmt: Select[MentorProfile], wanted: MentorFilter) -> Select[MentorProfile]:
    if wanted.skill:
        stmt = stmt.where(_lists(MentorProfile.skills, wanted.skill))
    if wanted.challenge:
        stmt = stmt.where(_lists(MentorProfile.challenges, wanted.challenge))
    if wanted.department:
        stmt = stmt.where(_works_where(_lists(Cpts.departments, wanted.department)))
    if wanted.territory_type:
        stmt = stmt.where(_works_where(_lists(Cpts.territory_types, wanted.territory_type)))
    if wanted.available is not None:
        free = _is_free()
        stmt = stmt.where(free if wanted.available else ~free)
    return stmt


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


async def _views(reading: Reading, rows: list[MentorProfile]) -> list[Mentor]:
    ids = [mentor.id for mentor in rows]
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
            active=mentor.active,
            available=mentor.is_available(clock.today()) and load[mentor.id][0] < mentor.capacity,
            capacity=mentor.capacity,
            mentorships=load[mentor.id][0],
            paused_until=mentor.paused_until,
            usual_reply_hours=replies.get(mentor.id),
            version=mentor.version,
        )
        for mentor in rows
    ]
