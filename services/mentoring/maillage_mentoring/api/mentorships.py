"""Mentorships: the agreement, the meetings, the end, the feedback."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from maillage.auth import Signed
from maillage.http import IfMatch, Page, PageParams, Write, service_router, set_etag
from maillage.http.openapi import problems

from maillage_mentoring import queries, usecases
from maillage_mentoring.api.reading import NOT_MODIFIED, Reader, Settings, of_this_region
from maillage_mentoring.errors import InTheFuture, MentorshipEnded, UnknownCoordinator
from maillage_mentoring.schemas import (
    AgreementIn,
    EndIn,
    FeedbackIn,
    FeedbackOut,
    MeetingIn,
    MeetingOut,
    MentorshipOut,
)

router = service_router(tags=["mentorships"], dependencies=[Depends(of_this_region)])


@router.get("/mentorships", response_model=Page[MentorshipOut])
async def read_mentorships(
    reader: Reader,
    params: PageParams,
    status: Annotated[Literal["active", "ended"] | None, Query()] = None,
    coordinator_id: Annotated[UUID | None, Query(description="Of this mentor or mentee")] = None,
) -> Page[MentorshipOut]:
    """Mine; every one for an animator, without goals and topics. Newest first."""
    items, cursor = await queries.list_mentorships(
        reader, params, status=status, coordinator_id=coordinator_id
    )
    return Page(items=items, next=cursor)


@router.get("/mentorships/{mentorship_id}", responses=NOT_MODIFIED, response_model=MentorshipOut)
async def read_mentorship(mentorship_id: UUID, response: Response, reader: Reader) -> MentorshipOut:
    """One mentorship with its meetings."""
    found = await queries.get_mentorship(reader, mentorship_id)
    set_etag(response, found.version)
    return found


@router.patch(
    "/mentorships/{mentorship_id}", responses=problems(MentorshipEnded), response_model=MentorshipOut
)
async def edit_agreement(
    mentorship_id: UUID,
    body: AgreementIn,
    response: Response,
    session: Write,
    me: Signed,
    reader: Reader,
    version: IfMatch,
) -> MentorshipOut:
    """Change what the two agreed on."""
    changes = body.model_dump(exclude_unset=True)
    await usecases.agree(session, mentorship_id, me, version, changes)
    return await _shown(reader, mentorship_id, response)


@router.get("/mentorships/{mentorship_id}/meetings")
async def list_meetings(mentorship_id: UUID, reader: Reader, params: PageParams) -> Page[MeetingOut]:
    """The meetings of one mentorship, newest first; without topics for an animator."""
    items, cursor = await queries.list_meetings(reader, mentorship_id, params)
    return Page(items=items, next=cursor)


@router.post(
    "/mentorships/{mentorship_id}/meetings",
    status_code=201,
    responses=problems(MentorshipEnded, InTheFuture),
    response_model=MeetingOut,
)
async def record_meeting(mentorship_id: UUID, body: MeetingIn, session: Write, me: Signed) -> MeetingOut:
    """We met."""
    held = usecases.Held(body.held_on, body.duration_minutes, body.topics)
    meeting = await usecases.record_meeting(session, mentorship_id, me, held)
    return MeetingOut(
        id=meeting.id,
        held_on=meeting.held_on,
        duration_minutes=meeting.duration_minutes,
        topics=meeting.topics,
    )


@router.post(
    "/mentorships/{mentorship_id}/end", responses=problems(MentorshipEnded), response_model=MentorshipOut
)
async def end_mentorship(
    mentorship_id: UUID,
    response: Response,
    session: Write,
    me: Signed,
    reader: Reader,
    settings: Settings,
    body: EndIn | None = None,
) -> MentorshipOut:
    """End it, with nobody at fault; on request another mentor is looked for at once."""
    wish = body or EndIn()
    await usecases.end(session, mentorship_id, me, wish.reason, settings, rematch=wish.rematch)
    return await _shown(reader, mentorship_id, response)


@router.post(
    "/mentorships/{mentorship_id}/feedback",
    status_code=201,
    responses=problems(UnknownCoordinator),
    response_model=FeedbackOut,
)
async def give_feedback(mentorship_id: UUID, body: FeedbackIn, session: Write, me: Signed) -> FeedbackOut:
    """What I say of it; said again, it replaces what I said before."""
    feedback = await usecases.give_feedback(session, mentorship_id, me, body.rating, body.comment)
    await session.flush()
    return FeedbackOut(
        id=feedback.id, mentorship_id=mentorship_id, rating=feedback.rating, comment=feedback.comment
    )


async def _shown(reader: Reader, mentorship_id: UUID, response: Response) -> MentorshipOut:
    await reader.session.flush()
    shown = await queries.get_mentorship(reader, mentorship_id)
    set_etag(response, shown.version)
    return shown
