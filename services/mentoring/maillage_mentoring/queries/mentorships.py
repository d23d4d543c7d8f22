"""Mentorships: the two see everything, an animator sees that it lives and how often they meet."""

from collections import defaultdict
from uuid import UUID

from maillage.errors import Forbidden, NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import ColumnElement, or_, select

from maillage_mentoring.model import Meeting, Mentorship
from maillage_mentoring.queries.people import Reading, people
from maillage_mentoring.schemas import MeetingOut, MentorshipOut, Person


async def list_mentorships(
    reading: Reading, params: Paging, *, status: str | None, coordinator_id: UUID | None
) -> tuple[list[MentorshipOut], str | None]:
    """Those she is one of; all of them for an animator."""
    stmt = select(Mentorship)
    if not reading.by.is_animator:
        stmt = stmt.where(_one_is(reading.by.id))
    if coordinator_id is not None:
        stmt = stmt.where(_one_is(coordinator_id))
    if status is not None:
        stmt = stmt.where(Mentorship.status == status)
    rows, cursor = await paginate(
        reading.session,
        stmt,
        params,
        key=(Mentorship.created_at, Mentorship.id),
        descending=True,
    )
    return await mentorship_views(reading, rows), cursor


async def get_mentorship(reading: Reading, mentorship_id: UUID) -> MentorshipOut:
    """Raises NotFound; Forbidden for anyone but the two and animators."""
    return (await mentorship_views(reading, [await _readable(reading, mentorship_id)]))[0]


async def _readable(reading: Reading, mentorship_id: UUID) -> Mentorship:
    row = await reading.session.get(Mentorship, mentorship_id)
    if row is None:
        raise NotFound
    if reading.by.id not in (row.mentee_id, row.mentor_id) and not reading.by.is_animator:
        raise Forbidden
    return row


async def list_meetings(
    reading: Reading, mentorship_id: UUID, params: Paging
) -> tuple[list[MeetingOut], str | None]:
    """The meetings of one mentorship, newest first. Raises as get_mentorship does."""
    pair = await _readable(reading, mentorship_id)
    rows, cursor = await paginate(
        reading.session,
        select(Meeting).where(Meeting.mentorship_id == mentorship_id),
        params,
        key=(Meeting.held_on, Meeting.id),
        descending=True,
    )
    theirs = reading.by.id in (pair.mentee_id, pair.mentor_id)
    return [_meeting(row, theirs) for row in rows], cursor


async def mentorship_views(reading: Reading, rows: list[Mentorship]) -> list[MentorshipOut]:
    """Mentorships as this reader sees them."""
    who = await people(reading, [i for row in rows for i in (row.mentee_id, row.mentor_id)])
    met = (
        select(Meeting)
        .where(Meeting.mentorship_id.in_([row.id for row in rows]))
        .order_by(Meeting.held_on, Meeting.id)
    )
    meetings: defaultdict[UUID, list[Meeting]] = defaultdict(list)
    for meeting in (await reading.session.scalars(met)).all():
        meetings[meeting.mentorship_id].append(meeting)
    return [_view(reading, row, meetings[row.id], who) for row in rows]


def _view(
    reading: Reading, row: Mentorship, meetings: list[Meeting], who: dict[UUID, Person]
) -> MentorshipOut:
    theirs = reading.by.id in (row.mentee_id, row.mentor_id)
    return MentorshipOut(
        id=row.id,
        request_id=row.request_id,
        mentee_id=row.mentee_id,
        mentee=who[row.mentee_id],
        mentor_id=row.mentor_id,
        mentor=who[row.mentor_id],
        status=row.status,
        started_on=row.started_on,
        ended_on=row.ended_on,
        end_reason=row.end_reason,
        handover_request_id=row.handover_request_id,
        goals=row.goals if theirs else None,
        cadence_days=row.cadence_days,
        meetings=[_meeting(each, theirs) for each in meetings],
        meetings_count=len(meetings),
        minutes=sum(each.duration_minutes for each in meetings),
        version=row.version,
        updated_at=row.updated_at,
    )


def _meeting(row: Meeting, theirs: bool) -> MeetingOut:
    return MeetingOut(
        id=row.id,
        held_on=row.held_on,
        duration_minutes=row.duration_minutes,
        topics=row.topics if theirs else None,
    )


def _one_is(who: UUID) -> ColumnElement[bool]:
    return or_(Mentorship.mentee_id == who, Mentorship.mentor_id == who)
