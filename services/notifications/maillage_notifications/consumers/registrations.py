"""Events of registrations and attendance: who holds a seat, waits for one, is offered one, came."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from maillage.events import Consumed, Context
from pydantic import Field

from ..model import Erased, Registration, Seminar
from ..telling import Notice, tell
from .base import OUTDATED, consumer, keep
from .seats import next_entry, silence, silence_called_off, tell_seminar_cancelled

# An attendance sheet may be typed in some days after the seminar.
THANKS = timedelta(days=7)


class RegistrationEvent(Consumed):
    registration_id: UUID
    seminar_id: UUID
    coordinator_id: UUID
    workshop_ids: list[UUID] = Field(default_factory=list)
    waitlisted_workshop_ids: list[UUID] = Field(default_factory=list)


class RegistrationConfirmed(RegistrationEvent):
    promoted: bool = False


class RegistrationWaitlisted(RegistrationEvent):
    position: int


class RegistrationOffered(RegistrationEvent):
    workshop_id: UUID | None = None
    expires_at: datetime


class RegistrationCancelled(RegistrationEvent):
    was: str
    reason: str


class AttendanceRecorded(Consumed):
    attendance_id: UUID
    registration_id: UUID
    seminar_id: UUID
    coordinator_id: UUID


def _seat(event: RegistrationEvent) -> list[tuple[Any, UUID]]:
    keys = [(Registration, event.registration_id), (Seminar, event.seminar_id)]
    return [*keys, (Erased, event.coordinator_id)]


@consumer.project("events.registration.confirmed.v1", needs=_seat)
async def on_registration_confirmed(event: RegistrationConfirmed, ctx: Context) -> None:
    registration = await _keep(event, ctx, "confirmed")
    calendar = await next_entry(ctx, registration) if registration else {}
    params = {**_choice(event), **calendar, "promoted": event.promoted}
    await _tell(event, ctx, "registration-confirmed", params, fresh=registration is not None)


@consumer.project("events.registration.updated.v1", needs=_seat)
async def on_registration_updated(event: RegistrationEvent, ctx: Context) -> None:
    registration = await _keep(event, ctx, "confirmed")
    calendar = await next_entry(ctx, registration) if registration else {}
    params = {**_choice(event), **calendar}
    await _tell(event, ctx, "registration-updated", params, fresh=registration is not None)


@consumer.project("events.registration.waitlisted.v1", needs=_seat)
async def on_registration_waitlisted(event: RegistrationWaitlisted, ctx: Context) -> None:
    registration = await _keep(event, ctx, "waitlisted")
    params = {**_choice(event), "position": event.position}
    await _tell(event, ctx, "registration-waitlisted", params, fresh=registration is not None)


@consumer.project("events.registration.offered.v1", needs=_seat)
async def on_registration_offered(event: RegistrationOffered, ctx: Context) -> None:
    """A seat is held for her; when it is in a workshop, her registration itself is confirmed already."""
    if event.workshop_id is None:
        fresh = await _keep(event, ctx, "offered") is not None
    else:
        known = await ctx.session.get(Registration, event.registration_id)
        fresh = known is None or known.is_older_than(ctx.sequence)
    workshop = str(event.workshop_id) if event.workshop_id else None
    params = {**_choice(event), "workshop_id": workshop}
    await _tell(event, ctx, "registration-offered", params, fresh=fresh, due_at=event.expires_at)


@consumer.project("events.registration.cancelled.v1", needs=_seat)
async def on_registration_cancelled(event: RegistrationCancelled, ctx: Context) -> None:
    """Say why, and take it out of her calendar if it had gone in."""
    known = await ctx.session.get(Registration, event.registration_id)
    in_calendar = known is not None and known.calendar_sequence >= 0
    if event.reason == "seminar-cancelled" and known is not None and known.status != "cancelled":
        await tell_seminar_cancelled(ctx, known)
    registration = await _keep(event, ctx, "cancelled")
    if event.reason == "seminar-cancelled" and known is None and registration is not None:
        # That she had a seat at all is still on its way, and then no news any more.
        await tell_seminar_cancelled(ctx, registration)
    if event.reason in ("seminar-cancelled", "erased"):
        return
    leaves = registration if event.was == "confirmed" and in_calendar else None
    params = {
        **_choice(event),
        **(await next_entry(ctx, leaves, "CANCEL") if leaves else {}),
        "was": event.was,
        "reason": event.reason,
    }
    await _tell(event, ctx, "registration-cancelled", params, fresh=registration is not None)


@consumer.project("events.attendance.recorded.v1")
async def on_attendance_recorded(event: AttendanceRecorded, ctx: Context) -> None:
    """Thank once per seminar, however many workshops are scanned."""
    params = {"seminar_id": str(event.seminar_id), "registration_id": str(event.registration_id)}
    once = f"attendance:{event.registration_id}"
    silent = await silence(ctx, event.seminar_id, margin=THANKS)
    await tell(ctx, Notice(event.coordinator_id, "attendance-recorded", params, once=once, silent=silent))


async def _keep(event: RegistrationEvent, ctx: Context, status: str) -> Registration | None:
    """Copy the registration; None when a later word on it is already known."""
    known = await ctx.session.get(Registration, event.registration_id)
    facts: dict[str, Any] = {"seminar_id": event.seminar_id, "coordinator_id": event.coordinator_id}
    if known is None or status == "confirmed":
        facts["workshop_ids"] = [str(each) for each in event.workshop_ids]
        facts["waitlisted_workshop_ids"] = [str(each) for each in event.waitlisted_workshop_ids]
    if known is None:
        facts["calendar_sequence"] = -1
    hers = [event.coordinator_id]
    return await keep(ctx, Registration, event.registration_id, of=hers, **facts, status=status)


def _choice(event: RegistrationEvent) -> dict[str, Any]:
    return {
        "seminar_id": str(event.seminar_id),
        "registration_id": str(event.registration_id),
        "workshop_ids": [str(each) for each in event.workshop_ids],
        "waitlisted_workshop_ids": [str(each) for each in event.waitlisted_workshop_ids],
    }


async def _tell(
    event: RegistrationEvent,
    ctx: Context,
    topic: str,
    params: dict[str, Any],
    *,
    fresh: bool,
    due_at: datetime | None = None,
) -> None:
    ends = topic == "registration-cancelled"
    silent_for = silence if ends else silence_called_off
    silent = await silent_for(ctx, event.seminar_id) if fresh else OUTDATED
    await tell(ctx, Notice(event.coordinator_id, topic, params, due_at=due_at, silent=silent))
