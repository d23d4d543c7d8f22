"""The life of a seminar: drafted, published, edited, then completed or cancelled."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.errors import FieldError
from maillage.events import record
from maillage.http import expect_version
from maillage.ids import new_id
from sqlalchemy import delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.desk import Desk
from maillage_events.desk.abroad import tell_other_regions
from maillage_events.errors import CannotDelete, NotYetStarted, SlugTaken, TimesInvalid
from maillage_events.events import (
    SeminarCancelled,
    SeminarCompleted,
    SeminarFacts,
    SeminarPublished,
    SeminarUpdated,
    WorkshopFacts,
)
from maillage_events.model import Registration, SeatPool, Seminar, Workshop
from maillage_events.model.registration import CONFIRMED, OFFERED, WAITLISTED
from maillage_events.model.seminar import DRAFT, PUBLISHED
from maillage_events.usecases.newcomers import suggest_another, suggest_to_newcomers
from maillage_events.vocabulary import expect_known

_MAX_SLUG = 80


async def create_seminar(session: AsyncSession, draft: dict[str, Any]) -> Desk:
    """Draft a seminar from its fields; the slug is made from the title unless given.

    Raises TimesInvalid, UnknownSlugs, SlugTaken.
    """
    fields = dict(draft)
    capacity = fields.pop("capacity")
    fields["slug"] = await _free_slug(session, fields.pop("slug", None), fields["title"])
    seminar = Seminar(id=new_id(), status=DRAFT, sequence=0, **fields)
    _expect_sound(seminar, [])
    session.add(seminar)
    await session.flush()
    pool = SeatPool.empty(seminar.id, None, capacity)
    session.add(pool)
    await session.flush()
    return Desk(session, seminar, pool, {}, {}, clock.now())


async def edit_seminar(
    session: AsyncSession, seminar_id: UUID, version: int, changes: dict[str, Any], *, portal: str
) -> Desk:
    """Change what the seminar's state allows; more capacity is offered to those who wait, at once.

    `portal` is as for publish_seminar.

    Raises FieldFrozen, CapacityBelowHeld, TimesInvalid, UnknownSlugs, SlugTaken, PreconditionFailed.
    """
    desk = await Desk.open(session, seminar_id)
    expect_version(desk.seminar, version)
    if changes.get("slug", desk.seminar.slug) != desk.seminar.slug:
        await _expect_slug_free(session, changes["slug"])
    fields = {name: value for name, value in changes.items() if name != "capacity"}
    desk.seminar.edit(fields, now=desk.now)
    desk.seminar.page = page_of(desk.seminar, portal)
    if "capacity" in changes:
        desk.seminar.expect_status(DRAFT, PUBLISHED)
        desk.seminar.note_change({}, now=desk.now)
        desk.pool.resize(changes["capacity"])
    _expect_sound(desk.seminar, list(desk.workshops.values()))
    await desk.settle()
    await desk.close()
    await tell_updated(desk)
    return desk


async def delete_seminar(session: AsyncSession, seminar_id: UUID, version: int) -> None:
    """Remove a draft nobody is registered for. Raises CannotDelete, PreconditionFailed."""
    desk = await Desk.open(session, seminar_id)
    expect_version(desk.seminar, version)
    taken = await session.scalar(select(exists().where(Registration.seminar_id == seminar_id)))
    if desk.seminar.status != DRAFT or taken:
        raise CannotDelete
    await session.execute(delete(SeatPool).where(SeatPool.seminar_id == seminar_id))
    await session.execute(delete(Workshop).where(Workshop.seminar_id == seminar_id))
    await session.delete(desk.seminar)


async def publish_seminar(session: AsyncSession, seminar_id: UUID, *, portal: str) -> Desk:
    """Announce a draft; newcomers who have no suggestion yet get this one. Raises WrongSeminarStatus.

    `portal` is the address that other regions' readers are sent to.
    """
    desk = await Desk.open(session, seminar_id)
    desk.seminar.publish()
    desk.seminar.page = page_of(desk.seminar, portal)
    await session.flush()
    record(session, facts(desk, SeminarPublished), sequence=desk.seminar.version)
    tell_other_regions(session, desk.seminar, desk.pool)
    await suggest_to_newcomers(session, desk.seminar)
    return desk


async def cancel_seminar(session: AsyncSession, seminar_id: UUID) -> Desk:
    """Call a seminar off, with every registration for it. Raises WrongSeminarStatus."""
    desk = await Desk.open(session, seminar_id)
    was_public = desk.seminar.status == PUBLISHED
    desk.seminar.cancel()
    for status in (CONFIRMED, OFFERED, WAITLISTED):
        for registration in await desk.registrations(status):
            desk.cancel(registration, "seminar-cancelled")
    await session.flush()
    if was_public:
        record(session, SeminarCancelled(seminar_id=seminar_id), sequence=desk.seminar.version)
    await desk.close()
    await suggest_another(session, seminar_id)
    return desk


async def complete_seminar(session: AsyncSession, seminar_id: UUID) -> Desk:
    """Close a seminar that has taken place; seats still offered are taken back, who waited stays noted.

    Raises NotYetStarted, WrongSeminarStatus.
    """
    desk = await Desk.open(session, seminar_id)
    desk.seminar.expect_status(PUBLISHED)
    if desk.now < desk.seminar.starts_at:
        raise NotYetStarted
    for registration in await desk.registrations(OFFERED):
        desk.cancel(registration, "offer-expired")
    desk.seminar.complete()
    await desk.close()
    record(session, SeminarCompleted(seminar_id=seminar_id), sequence=desk.seminar.version)
    return desk


async def tell_updated(desk: Desk) -> None:
    """Publish the facts of a public seminar anew; a draft is nobody's business."""
    if desk.seminar.status == PUBLISHED:
        await desk.session.flush()
        record(desk.session, facts(desk, SeminarUpdated), sequence=desk.seminar.version)


def page_of(seminar: Seminar, portal: str) -> str:
    """The address of a seminar's page."""
    return f"{portal}/seminaires/{seminar.slug}"


def facts(desk: Desk, kind: type[SeminarFacts]) -> SeminarFacts:
    """The event `kind` with everything the network may know of the seminar."""
    seminar, shared = desk.seminar, set(SeminarFacts.model_fields) - {"seminar_id", "capacity", "workshops"}
    workshops = [
        WorkshopFacts(
            workshop_id=one.id,
            title=one.title,
            track=one.track,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            room=one.room,
        )
        for one in desk.workshops.values()
    ]
    values = {name: getattr(seminar, name) for name in shared}
    return kind(seminar_id=seminar.id, capacity=desk.pool.capacity, workshops=workshops, **values)


def _expect_sound(seminar: Seminar, workshops: list[Workshop]) -> None:
    expect_known(tracks=("tracks", seminar.tracks), skills=("skills", seminar.skills))
    outside = [one for one in workshops if not seminar.holds(one.starts_at, one.ends_at)]
    wrong: list[FieldError] = [
        {"pointer": pointer, "detail": detail}
        for pointer, detail, sound in (
            ("/ends_at", "ends_at > starts_at", seminar.starts_at < seminar.ends_at),
            (
                "/registration_closes_at",
                "registration_closes_at > registration_opens_at",
                seminar.registration_opens_at < seminar.registration_closes_at,
            ),
            (
                "/registration_closes_at",
                "registration_closes_at <= ends_at",
                seminar.registration_closes_at <= seminar.ends_at,
            ),
            ("/change_until", "change_until <= ends_at", seminar.change_until <= seminar.ends_at),
            ("/starts_at", "workshops outside: " + ", ".join(str(one.id) for one in outside), not outside),
        )
        if not sound
    ]
    if wrong:
        raise TimesInvalid(errors=wrong)


async def _expect_slug_free(session: AsyncSession, slug: str) -> None:
    if await session.scalar(select(exists().where(Seminar.slug == slug))):
        raise SlugTaken


async def _free_slug(session: AsyncSession, wanted: str | None, title: str) -> str:
    if wanted is not None:
        await _expect_slug_free(session, wanted)
        return wanted
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_SLUG].strip("-") or "seminaire"
    taken = set(
        await session.scalars(
            select(Seminar.slug).where(or_(Seminar.slug == base, Seminar.slug.startswith(f"{base}-")))
        )
    )
    numbered = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 2))]
    return next(slug for slug in numbered if slug not in taken)
