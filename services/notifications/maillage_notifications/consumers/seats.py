"""Seats as the handlers share them: calendar entries, whom a change concerns, what is no news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from maillage.events import Context
from sqlalchemy import select

from ..model import Registration, Seminar
from ..telling import Notice, tell
from .base import NEWS_ONLY, OUTDATED, reference_time

SEATED = ("confirmed",)
CONCERNED = ("confirmed", "offered", "waitlisted")


async def next_entry(ctx: Context, registration: Registration, method: str = "REQUEST") -> dict[str, Any]:
    """The next thing her calendar is told, numbered so that it replaces what it was told before.

    At least the sum of both versions: that is what the events service's own files never exceed.
    """
    seminar = await ctx.session.get(Seminar, registration.seminar_id)
    versions = (seminar.calendar_sequence if seminar else 0) + (registration.sequence or 0)
    registration.calendar_sequence = max(registration.calendar_sequence + 1, versions)
    return {"method": method, "calendar_sequence": registration.calendar_sequence}


def ids_of(registration: Registration) -> dict[str, str]:
    """The parameters that name a registration."""
    return {"seminar_id": str(registration.seminar_id), "registration_id": str(registration.id)}


async def silence(ctx: Context, seminar_id: UUID, margin: timedelta = timedelta()) -> str | None:
    """Nobody is told about a seat in a seminar that is over (for longer than `margin`)."""
    seminar = await ctx.session.get(Seminar, seminar_id)
    over = seminar is not None and bool(seminar.title) and seminar.ends_at + margin < reference_time(ctx)
    return NEWS_ONLY if over else None


async def silence_called_off(ctx: Context, seminar_id: UUID) -> str | None:
    """Nor does anybody get a seat, a place or a suggestion in one that is called off."""
    seminar = await ctx.session.get(Seminar, seminar_id)
    if seminar is not None and seminar.status == "cancelled":
        return OUTDATED
    return await silence(ctx, seminar_id)


async def registrations_of(ctx: Context, seminar_id: UUID, statuses: tuple[str, ...]) -> list[Registration]:
    """Those in one of these states, in the order they were made."""
    found = select(Registration).where(
        Registration.seminar_id == seminar_id, Registration.status.in_(statuses)
    )
    return list((await ctx.session.scalars(found.order_by(Registration.id))).all())


async def tell_seminar_cancelled(ctx: Context, registration: Registration) -> None:
    """Say it once to the person of a registration, whichever of the events tells it first."""
    seated = registration.status in SEATED
    params = {**ids_of(registration), **(await next_entry(ctx, registration, "CANCEL") if seated else {})}
    once = f"seminar-cancelled:{registration.id}"
    registration.status = "cancelled"
    await tell(ctx, Notice(registration.coordinator_id, "seminar-cancelled", params, once=once))
