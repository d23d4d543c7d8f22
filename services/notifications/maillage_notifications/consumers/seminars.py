"""Events of the seminars themselves: announced, changed, called off, over, suggested to a newcomer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.events import Consumed, Context, News, Zone
from pydantic import Field

from ..model import Registration, Seminar
from ..telling import Notice, tell
from .base import consumer, keep_end, keep_whole
from .seats import (
    CONCERNED,
    SEATED,
    ids_of,
    next_entry,
    registrations_of,
    silence,
    silence_called_off,
    tell_seminar_cancelled,
)

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
    time_zone: Zone = "Europe/Paris"
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


def _facts(event: SeminarFacts) -> dict[str, Any]:
    workshops = {
        str(w.workshop_id): w.model_dump(mode="json", exclude={"workshop_id"}) for w in event.workshops
    }
    plain = event.model_dump(exclude={"seminar_id", "workshops", "venue", "city", "sequence"})
    texts = {"venue": event.venue or "", "city": event.city or ""}
    return {**plain, **texts, "workshops": workshops, "calendar_sequence": event.sequence}


@consumer.project("events.seminar.published.v1")
async def on_seminar_published(event: SeminarFacts, ctx: Context) -> None:
    await keep_whole(ctx, Seminar, event.seminar_id, status="published", **_facts(event))


@consumer.project("events.seminar.updated.v1")
async def on_seminar_updated(event: SeminarFacts, ctx: Context) -> None:
    """Tell those registered what changed for them, with a fresh calendar entry; seats are no news."""
    facts = _facts(event)
    known = await ctx.session.get(Seminar, event.seminar_id)
    before = {name: getattr(known, name) for name in (*TOLD_CHANGES, "workshops")} if known else None
    status = known.status if known else "published"
    news = await keep_whole(ctx, Seminar, event.seminar_id, status=status, **facts)
    if news is not News.ALL or before is None:
        return
    changes = [name for name in TOLD_CHANGES if before[name] != facts[name]]
    for registration in await registrations_of(ctx, event.seminar_id, CONCERNED):
        hers = _workshops_changed(registration, before["workshops"], facts["workshops"])
        if changes or hers:
            await _tell_update(ctx, registration, changes + (["workshops"] if hers else []))


def _workshops_changed(registration: Registration, before: dict[str, Any], after: dict[str, Any]) -> bool:
    return any(before.get(each) != after.get(each) for each in registration.workshop_ids)


async def _tell_update(ctx: Context, registration: Registration, changes: list[str]) -> None:
    calendar = await next_entry(ctx, registration) if registration.status in SEATED else {}
    params = {**ids_of(registration), **calendar, "changes": changes}
    silent = await silence(ctx, registration.seminar_id)
    await tell(ctx, Notice(registration.coordinator_id, "seminar-updated", params, silent=silent))


@consumer.project("events.seminar.cancelled.v1")
async def on_seminar_cancelled(event: SeminarEvent, ctx: Context) -> None:
    """Tell everyone who holds or waits for a seat; the cancelled registrations that follow add nothing."""
    await _set_status(ctx, event.seminar_id, "cancelled")
    for registration in await registrations_of(ctx, event.seminar_id, CONCERNED):
        await tell_seminar_cancelled(ctx, registration)


@consumer.project("events.seminar.completed.v1")
async def on_seminar_completed(event: SeminarEvent, ctx: Context) -> None:
    await _set_status(ctx, event.seminar_id, "completed")


@consumer.project("events.seminar.suggested.v1")
async def on_seminar_suggested(event: SeminarSuggested, ctx: Context) -> None:
    params = {"seminar_id": str(event.seminar_id), "reasons": event.reasons}
    silent = await silence_called_off(ctx, event.seminar_id)
    await tell(ctx, Notice(event.coordinator_id, "seminar-suggested", params, silent=silent))


async def _set_status(ctx: Context, seminar_id: UUID, status: str) -> None:
    dates = {"starts_at": ctx.time, "ends_at": ctx.time, "time_zone": "UTC"}
    texts = {"title": "", "format": "", "venue": "", "city": ""}
    counts = {"workshops": {}, "calendar_sequence": 0}
    await keep_end(ctx, Seminar, seminar_id, status=status, **dates, **texts, **counts)
