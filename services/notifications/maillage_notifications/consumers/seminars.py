"""Events of the seminars: what takes place, who holds a seat, waits for one or is offered one, who came."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from maillage.events import Consumed, Context
from pydantic import Field
from sqlalchemy import select

from ..model import Registration, Seminar
from ..telling import Notice, tell
from .base import NEWS_ONLY, OUTDATED, consumer, keep, reference_time

# An attendance sheet may be typed in some days after the seminar.
THANKS = timedelta(days=7)

SEATED = ("confirmed",)
CONCERNED = ("confirmed", "offered", "waitlisted")
TOLD_CHANGES = ("title", "starts_at", "ends_at", "time_zone", "format", "venue", "city")


class WorkshopFacts(Consumed):
    workshop_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    room: str | None = None


class SeminarFacts(Consumed):
    seminar_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str = "Europe/Paris"
    format: str = "onsite"
    venue: str | None = None
    city: str | None = None
    workshops: list[WorkshopFacts] = Field(default_factory=list)
    sequence: int = 0


class SeminarEvent(Consumed):
    seminar_id: UUID


class SeminarSuggested(Consumed):
    seminar_id: UUID
    coordinator_id: UUID
    reasons: list[str] = Field(default_factory=list)


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


def _facts(event: SeminarFacts) -> dict[str, Any]:
    workshops = {
        str(w.workshop_id): w.model_dump(mode="json", exclude={"workshop_id"}) for w in event.workshops
    }
    plain = event.model_dump(exclude={"seminar_id", "workshops", "venue", "city", "sequence"})
    texts = {"venue": event.venue or "", "city": event.city or ""}
    return {**plain, **texts, "workshops": workshops, "calendar_sequence": event.sequence}


@consumer.project("events.seminar.published.v1")
async def on_seminar_published(event: SeminarFacts, ctx: Context) -> None:
    await keep(ctx, Seminar, event.seminar_id, **_facts(event), status="published")


@consumer.project("events.seminar.updated.v1")
async def on_seminar_updated(event: SeminarFacts, ctx: Context) -> None:
    """Tell those registered what changed for them, with a fresh calendar entry; seats are no news."""
    facts = _facts(event)
    known = await ctx.session.get(Seminar, event.seminar_id)
    before = {name: getattr(known, name) for name in (*TOLD_CHANGES, "workshops")} if known else None
    kept = await keep(ctx, Seminar, event.seminar_id, **facts, status=known.status if known else "published")
    if kept is None or before is None:
        return
    changes = [name for name in TOLD_CHANGES if before[name] != facts[name]]
    for registration in await _registrations(ctx, event.seminar_id, CONCERNED):
        hers = _workshops_changed(registration, before["workshops"], facts["workshops"])
        if changes or hers:
            await _tell_update(ctx, registration, changes + (["workshops"] if hers else []))


def _workshops_changed(registration: Registration, before: dict[str, Any], after: dict[str, Any]) -> bool:
    return any(before.get(each) != after.get(each) for each in registration.workshop_ids)


async def _tell_update(ctx: Context, registration: Registration, changes: list[str]) -> None:
    calendar = await _next_entry(ctx, registration) if registration.status in SEATED else {}
    params = {**_ids(registration), **calendar, "changes": changes}
    silent = await _silent(ctx, registration.seminar_id)
    await tell(ctx, Notice(registration.coordinator_id, "seminar-updated", params, silent=silent))


@consumer.project("events.seminar.cancelled.v1")
async def on_seminar_cancelled(event: SeminarEvent, ctx: Context) -> None:
    """Tell everyone who holds or waits for a seat; the cancelled registrations that follow add nothing."""
    await _set_status(ctx, event.seminar_id, "cancelled")
    for registration in await _registrations(ctx, event.seminar_id, CONCERNED):
        await _tell_seminar_cancelled(ctx, registration)


async def _tell_seminar_cancelled(ctx: Context, registration: Registration) -> None:
    seated = registration.status in SEATED
    params = {**_ids(registration), **(await _next_entry(ctx, registration, "CANCEL") if seated else {})}
    once = f"seminar-cancelled:{registration.id}"
    registration.status = "cancelled"
    await tell(ctx, Notice(registration.coordinator_id, "seminar-cancelled", params, once=once))


@consumer.project("events.seminar.completed.v1")
async def on_seminar_completed(event: SeminarEvent, ctx: Context) -> None:
    await _set_status(ctx, event.seminar_id, "completed")


@consumer.project("events.seminar.suggested.v1")
async def on_seminar_suggested(event: SeminarSuggested, ctx: Context) -> None:
    params = {"seminar_id": str(event.seminar_id), "reasons": event.reasons}
    silent = await _silent(ctx, event.seminar_id)
    await tell(ctx, Notice(event.coordinator_id, "seminar-suggested", params, silent=silent))


@consumer.project("events.registration.confirmed.v1")
async def on_registration_confirmed(event: RegistrationConfirmed, ctx: Context) -> None:
    registration = await _keep(event, ctx, "confirmed")
    calendar = await _next_entry(ctx, registration) if registration else {}
    params = {**_choice(event), **calendar, "promoted": event.promoted}
    await _tell(event, ctx, "registration-confirmed", params, fresh=registration is not None)


@consumer.project("events.registration.updated.v1")
async def on_registration_updated(event: RegistrationEvent, ctx: Context) -> None:
    registration = await _keep(event, ctx, "confirmed")
    calendar = await _next_entry(ctx, registration) if registration else {}
    params = {**_choice(event), **calendar}
    await _tell(event, ctx, "registration-updated", params, fresh=registration is not None)


@consumer.project("events.registration.waitlisted.v1")
async def on_registration_waitlisted(event: RegistrationWaitlisted, ctx: Context) -> None:
    registration = await _keep(event, ctx, "waitlisted")
    params = {**_choice(event), "position": event.position}
    await _tell(event, ctx, "registration-waitlisted", params, fresh=registration is not None)


@consumer.project("events.registration.offered.v1")
async def on_registration_offered(event: RegistrationOffered, ctx: Context) -> None:
    """A seat is held for her; when it is in a workshop, her registration itself is confirmed already."""
    in_seminar = event.workshop_id is None
    fresh = not in_seminar or await _keep(event, ctx, "offered") is not None
    workshop = str(event.workshop_id) if event.workshop_id else None
    params = {**_choice(event), "workshop_id": workshop}
    await _tell(event, ctx, "registration-offered", params, fresh=fresh, due_at=event.expires_at)


@consumer.project("events.registration.cancelled.v1")
async def on_registration_cancelled(event: RegistrationCancelled, ctx: Context) -> None:
    """Say why, and take it out of her calendar if it had gone in."""
    known = await ctx.session.get(Registration, event.registration_id)
    in_calendar = known is not None and known.calendar_sequence >= 0
    if event.reason == "seminar-cancelled" and known is not None and known.status != "cancelled":
        await _tell_seminar_cancelled(ctx, known)
    registration = await _keep(event, ctx, "cancelled")
    if event.reason in ("seminar-cancelled", "erased"):
        return
    leaves = registration if event.was == "confirmed" and in_calendar else None
    params = {
        **_choice(event),
        **(await _next_entry(ctx, leaves, "CANCEL") if leaves else {}),
        "was": event.was,
        "reason": event.reason,
    }
    await _tell(event, ctx, "registration-cancelled", params, fresh=registration is not None)


@consumer.project("events.attendance.recorded.v1")
async def on_attendance_recorded(event: AttendanceRecorded, ctx: Context) -> None:
    """Thank once per seminar, however many workshops are scanned."""
    params = {"seminar_id": str(event.seminar_id), "registration_id": str(event.registration_id)}
    once = f"attendance:{event.registration_id}"
    silent = await _silent(ctx, event.seminar_id, margin=THANKS)
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
    return await keep(ctx, Registration, event.registration_id, **facts, status=status)


async def _next_entry(ctx: Context, registration: Registration, method: str = "REQUEST") -> dict[str, Any]:
    """The next thing her calendar is told, numbered so that it replaces what it was told before.

    At least the sum of both versions: that is what the events service's own files never exceed.
    """
    seminar = await ctx.session.get(Seminar, registration.seminar_id)
    versions = (seminar.calendar_sequence if seminar else 0) + (registration.sequence or 0)
    registration.calendar_sequence = max(registration.calendar_sequence + 1, versions)
    return {"method": method, "calendar_sequence": registration.calendar_sequence}


def _ids(registration: Registration) -> dict[str, str]:
    return {"seminar_id": str(registration.seminar_id), "registration_id": str(registration.id)}


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
    silent = await _silent(ctx, event.seminar_id) if fresh else OUTDATED
    await tell(ctx, Notice(event.coordinator_id, topic, params, due_at=due_at, silent=silent))


async def _silent(ctx: Context, seminar_id: UUID, margin: timedelta = timedelta()) -> str | None:
    """Nobody is told about a seat in a seminar that is over (for longer than `margin`)."""
    seminar = await ctx.session.get(Seminar, seminar_id)
    over = seminar is not None and seminar.ends_at + margin < reference_time(ctx)
    return NEWS_ONLY if over else None


async def _registrations(ctx: Context, seminar_id: UUID, statuses: tuple[str, ...]) -> list[Registration]:
    found = select(Registration).where(
        Registration.seminar_id == seminar_id, Registration.status.in_(statuses)
    )
    return list((await ctx.session.scalars(found.order_by(Registration.id))).all())


async def _set_status(ctx: Context, seminar_id: UUID, status: str) -> None:
    seminar = await ctx.session.get(Seminar, seminar_id)
    if seminar is not None and seminar.is_older_than(ctx.sequence):
        seminar.status = status
        seminar.sequence = ctx.sequence if ctx.sequence is not None else seminar.sequence
