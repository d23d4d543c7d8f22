"""What the events service says that moves a pathway: registrations and attendance."""

from datetime import datetime
from uuid import UUID

from maillage.events import Consumed, Context

from maillage_mentoring import usecases
from maillage_mentoring.consumers.consumer import consumer


class RegistrationConfirmed(Consumed):
    registration_id: UUID
    seminar_id: UUID
    coordinator_id: UUID


class AttendanceWithdrawn(RegistrationConfirmed):
    attendance_id: UUID


class AttendanceRecorded(AttendanceWithdrawn):
    recorded_at: datetime


@consumer.project("events.registration.confirmed.v1")
async def keep_registration(event: RegistrationConfirmed, ctx: Context) -> None:
    await usecases.keep_seat(
        ctx.session, event.registration_id, event.coordinator_id, event.seminar_id, confirmed_at=ctx.time
    )


@consumer.project("events.attendance.recorded.v1")
async def keep_attendance(event: AttendanceRecorded, ctx: Context) -> None:
    await usecases.keep_presence(
        ctx.session,
        event.registration_id,
        event.coordinator_id,
        event.seminar_id,
        event.attendance_id,
        event.recorded_at,
    )


@consumer.project("events.attendance.withdrawn.v1")
async def withdraw_attendance(event: AttendanceWithdrawn, ctx: Context) -> None:
    await usecases.keep_presence(
        ctx.session, event.registration_id, event.coordinator_id, event.seminar_id, event.attendance_id, None
    )
    # A projection too: on a rebuild the step comes back by mentoring's own event, and must go again.
    await usecases.undo_attended(ctx.session, event.coordinator_id)


@consumer.react("events.registration.confirmed.v1")
@consumer.react("events.attendance.recorded.v1")
async def move_pathway(event: RegistrationConfirmed, ctx: Context) -> None:
    await usecases.settle_steps(ctx.session, event.coordinator_id)
