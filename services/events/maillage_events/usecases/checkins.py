"""Attendance: a ticket shown at the door makes a presence; the same ticket again is the same presence."""

from __future__ import annotations

from uuid import UUID

from maillage.auth import Principal
from maillage.errors import NotFound
from maillage.events import record
from maillage.http import expect_version
from maillage.ids import new_id
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.desk import Desk
from maillage_events.errors import (
    NotInWorkshop,
    TicketCancelled,
    TicketOfOtherSeminar,
    UnknownTicket,
    UnknownWorkshop,
)
from maillage_events.events import AttendanceRecorded, AttendanceWithdrawn
from maillage_events.model import Attendance, Registration
from maillage_events.model.registration import CONFIRMED
from maillage_events.model.seminar import COMPLETED, PUBLISHED
from maillage_events.tickets import normalise


async def check_in(
    session: AsyncSession,
    seminar_id: UUID,
    caller: Principal,
    ticket_code: str,
    workshop_id: UUID | None = None,
) -> tuple[Attendance, bool]:
    """Note the presence of the ticket's holder at the seminar, or in one workshop; True when it is new.

    May be done before the first day (a rehearsal at the desk) and after the last (a forgotten list). Raises
    UnknownTicket, TicketOfOtherSeminar, TicketCancelled, UnknownWorkshop, NotInWorkshop.
    """
    desk = await Desk.open(session, seminar_id)
    desk.seminar.expect_status(PUBLISHED, COMPLETED)
    registration = await _holder(desk, ticket_code)
    _expect_seat(desk, registration, workshop_id)
    known = await session.scalar(
        select(Attendance).where(
            Attendance.registration_id == registration.id, Attendance.workshop_id == workshop_id
        )
    )
    if known is not None:
        return known, False
    attendance = Attendance(
        id=new_id(),
        registration_id=registration.id,
        seminar_id=seminar_id,
        workshop_id=workshop_id,
        coordinator_id=registration.coordinator_id,
        recorded_at=desk.now,
        recorded_by=caller.id,
    )
    session.add(attendance)
    await session.flush()
    if registration.guest_region is None:
        event = AttendanceRecorded(**_facts(attendance), recorded_at=attendance.recorded_at)
        record(session, event, sequence=1)
    return attendance, True


async def undo_check_in(session: AsyncSession, attendance_id: UUID, version: int) -> None:
    """Take back a presence noted by mistake. Raises NotFound, PreconditionFailed."""
    attendance = await session.get(Attendance, attendance_id, with_for_update=True)
    if attendance is None:
        raise NotFound
    expect_version(attendance, version)
    registration = await session.get_one(Registration, attendance.registration_id)
    if attendance.coordinator_id is not None and registration.guest_region is None:
        record(session, AttendanceWithdrawn(**_facts(attendance)), sequence=attendance.version + 1)
    await session.delete(attendance)


async def _holder(desk: Desk, ticket_code: str) -> Registration:
    found = await desk.session.scalar(
        select(Registration).where(Registration.ticket_code == normalise(ticket_code))
    )
    if found is None:
        raise UnknownTicket
    if found.seminar_id != desk.seminar.id:
        raise TicketOfOtherSeminar
    registration = await desk.registration(found.id)
    if registration.status != CONFIRMED:
        raise TicketCancelled
    return registration


def _expect_seat(desk: Desk, registration: Registration, workshop_id: UUID | None) -> None:
    if workshop_id is None:
        return
    if workshop_id not in desk.workshops:
        raise UnknownWorkshop([workshop_id])
    seat = desk.seats_of(registration).get(workshop_id)
    if seat is None or seat.status != CONFIRMED:
        raise NotInWorkshop


def _facts(attendance: Attendance) -> dict[str, UUID | None]:
    return {
        "attendance_id": attendance.id,
        "registration_id": attendance.registration_id,
        "seminar_id": attendance.seminar_id,
        "coordinator_id": attendance.coordinator_id,
        "workshop_id": attendance.workshop_id,
    }
