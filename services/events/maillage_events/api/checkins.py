"""Check-in at the door, and the presences it makes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from maillage.auth import Animator, AnimatorOrService
from maillage.http import IfMatch, Page, PageParams, Read, Write, service_router, set_etag

from maillage_events import queries, usecases
from maillage_events.api.answers import BASE
from maillage_events.schemas.registrations import AttendanceOut, CheckInIn

router = service_router(tags=["attendance"])


@router.post(
    "/seminars/{seminar_id}/check-ins",
    status_code=201,
    responses={200: {"model": AttendanceOut, "description": "Checked in before: the same presence"}},
)
async def check_in(
    seminar_id: UUID,
    body: CheckInIn,
    response: Response,
    session: Write,
    caller: AnimatorOrService,
) -> AttendanceOut:
    """Note a presence by ticket code; the same ticket again is the same presence."""
    attendance, new = await usecases.check_in(session, seminar_id, caller, body.ticket_code, body.workshop_id)
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"{BASE}/attendances/{attendance.id}"
    set_etag(response, attendance.version)
    return AttendanceOut.of(attendance)


@router.get("/seminars/{seminar_id}/attendances")
async def list_attendances(
    seminar_id: UUID,
    session: Read,
    _: Animator,
    params: PageParams,
    workshop_id: Annotated[UUID | None, Query()] = None,
) -> Page[AttendanceOut]:
    """The presences noted, in their order."""
    await queries.seminar_view(session, seminar_id, drafts=True)
    found, following = await queries.list_attendances(session, seminar_id, params, workshop_id)
    return Page(items=[AttendanceOut.of(one) for one in found], next=following)


@router.get("/attendances/{attendance_id}")
async def read_attendance(
    attendance_id: UUID, response: Response, session: Read, _: Animator
) -> AttendanceOut:
    """One presence."""
    attendance = await queries.attendance_of(session, attendance_id)
    set_etag(response, attendance.version)
    return AttendanceOut.of(attendance)


@router.delete("/attendances/{attendance_id}", status_code=204)
async def undo_check_in(attendance_id: UUID, session: Write, _: Animator, version: IfMatch) -> None:
    """Take back a presence noted by mistake; the ticket can be scanned again."""
    await usecases.undo_check_in(session, attendance_id, version)
