"""Seats at other regions' seminars: what their hosts answer, told to those who asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.events import Consumed, Context, Zone

from ..model import Registration, Seminar
from ..telling import Notice, tell
from .base import OUTDATED, consumer, keep
from .seats import ids_of, next_entry, silence

UPDATED = "seminar-updated"
TOPICS_BY_STATUS = {
    "confirmed": "guest-confirmed",
    "waitlisted": "guest-waitlisted",
    "offered": "guest-offered",
    "refused": "guest-refused",
    "cancelled": "guest-cancelled",
}


class GuestDecided(Consumed):
    """Self-contained: a seminar of another region is known here by this event only."""

    guest_id: UUID
    coordinator_id: UUID
    seminar_id: UUID
    host_region: str
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: Zone = "Europe/Paris"
    venue: str = ""
    city: str = ""
    status: str
    position: int | None = None
    expires_at: datetime | None = None
    reason: str | None = None
    sequence: int = 0


@consumer.project("events.guest.decided.v1")
async def on_guest_decided(event: GuestDecided, ctx: Context) -> None:
    """Say where her request stands, and keep her calendar in step."""
    topic = "guest-updated" if event.reason == UPDATED else TOPICS_BY_STATUS.get(event.status)
    if topic is None or event.reason == "erased":
        return
    known = await ctx.session.get(Registration, event.guest_id)
    in_calendar = known is not None and known.calendar_sequence >= 0
    await _keep_seminar(event, ctx)
    registration = await _keep_request(event, ctx, known)
    params: dict[str, Any] = {
        "seminar_id": str(event.seminar_id),
        "registration_id": str(event.guest_id),
        "host_region": event.host_region,
        "position": event.position,
        "reason": event.reason or "",
        "in_calendar": in_calendar,
    }
    if registration is not None:
        params |= ids_of(registration) | await _calendar(event, ctx, registration, in_calendar=in_calendar)
    silent = await silence(ctx, event.seminar_id) if registration is not None else OUTDATED
    due_at = event.expires_at if event.status == "offered" else None
    await tell(ctx, Notice(event.coordinator_id, topic, params, due_at=due_at, silent=silent))


async def _keep_seminar(event: GuestDecided, ctx: Context) -> None:
    """The latest word on the seminar: each event tells it whole, with the number that calendars go by."""
    # The event's number counts both: what calendars see of the seminar, and the version of the request.
    told = max(0, event.sequence - (ctx.sequence or 0))
    seminar = await ctx.session.get(Seminar, event.seminar_id)
    if seminar is None:
        seminar = Seminar(id=event.seminar_id, sequence=None, format="onsite", status="published")
        seminar.workshops = {}
        ctx.session.add(seminar)
    elif told < seminar.calendar_sequence:
        return
    for name in ("title", "starts_at", "ends_at", "time_zone", "venue", "city"):
        setattr(seminar, name, getattr(event, name))
    seminar.calendar_sequence = told
    await ctx.session.flush()


async def _keep_request(event: GuestDecided, ctx: Context, known: Registration | None) -> Registration | None:
    """Copy where it stands; None when a later word on it is already known."""
    facts: dict[str, Any] = {"seminar_id": event.seminar_id, "coordinator_id": event.coordinator_id}
    if known is None:
        facts |= {"workshop_ids": [], "waitlisted_workshop_ids": [], "calendar_sequence": -1}
    hers = [event.coordinator_id]
    return await keep(ctx, Registration, event.guest_id, of=hers, **facts, status=event.status)


async def _calendar(
    event: GuestDecided, ctx: Context, registration: Registration, *, in_calendar: bool
) -> dict[str, Any]:
    if event.status == "confirmed":
        return await next_entry(ctx, registration)
    if event.status == "cancelled" and in_calendar:
        return await next_entry(ctx, registration, "CANCEL")
    return {}
