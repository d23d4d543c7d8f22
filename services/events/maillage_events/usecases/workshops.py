"""The workshops of a seminar."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from maillage.errors import FieldError, NotFound
from maillage.http import expect_version
from maillage.ids import new_id
from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from maillage_events.desk import Desk
from maillage_events.errors import CannotDelete, TimesInvalid, WorkshopClash
from maillage_events.model import SeatPool, Workshop, WorkshopSeat
from maillage_events.model.base import touch
from maillage_events.model.seminar import DRAFT, PUBLISHED
from maillage_events.usecases.seminars import tell_updated
from maillage_events.vocabulary import expect_known


async def add_workshop(
    session: AsyncSession, seminar_id: UUID, draft: dict[str, Any]
) -> tuple[Desk, Workshop]:
    """Add a workshop to a draft or published seminar. Raises TimesInvalid, UnknownSlugs."""
    desk = await Desk.open(session, seminar_id)
    desk.seminar.expect_status(DRAFT, PUBLISHED)
    fields = dict(draft)
    capacity = fields.pop("capacity")
    workshop = Workshop(id=new_id(), seminar_id=seminar_id, **fields)
    _expect_sound(desk, workshop)
    session.add(workshop)
    await session.flush()
    pool = SeatPool.empty(seminar_id, workshop.id, capacity)
    session.add(pool)
    desk.workshops[workshop.id], desk.pools[workshop.id] = workshop, pool
    desk.seminar.note_change({"title": workshop.title}, now=desk.now)
    await tell_updated(desk)
    return desk, workshop


async def edit_workshop(
    session: AsyncSession, workshop_id: UUID, version: int, changes: dict[str, Any]
) -> tuple[Desk, Workshop]:
    """Change a workshop; more seats go to its waiting list at once.

    Raises TimesInvalid, UnknownSlugs, CapacityBelowHeld, WorkshopClash when people who hold a seat could no
    longer attend all they chose, PreconditionFailed.
    """
    desk, workshop = await _at_desk(session, workshop_id)
    expect_version(workshop, version)
    desk.seminar.expect_status(DRAFT, PUBLISHED)
    fields = {name: value for name, value in changes.items() if name != "capacity"}
    for name, value in fields.items():
        setattr(workshop, name, value)
    touch(workshop, desk.now)
    _expect_sound(desk, workshop)
    if {"starts_at", "ends_at"} & fields.keys():
        await _expect_no_clash(desk, workshop)
    if "capacity" in changes:
        desk.pools[workshop_id].resize(changes["capacity"])
    desk.seminar.note_change(fields, now=desk.now)
    await desk.settle()
    await desk.close()
    await tell_updated(desk)
    return desk, workshop


async def remove_workshop(session: AsyncSession, workshop_id: UUID, version: int) -> None:
    """Remove a workshop nobody holds, waits for or wishes. Raises CannotDelete, PreconditionFailed."""
    desk, workshop = await _at_desk(session, workshop_id)
    expect_version(workshop, version)
    desk.seminar.expect_status(DRAFT, PUBLISHED)
    if await session.scalar(select(exists().where(WorkshopSeat.workshop_id == workshop_id))):
        raise CannotDelete
    await session.delete(desk.pools.pop(workshop_id))
    await session.flush()
    await session.delete(desk.workshops.pop(workshop_id))
    desk.seminar.note_change({"title": workshop.title}, now=desk.now)
    await tell_updated(desk)


async def _at_desk(session: AsyncSession, workshop_id: UUID) -> tuple[Desk, Workshop]:
    seminar_id = await session.scalar(select(Workshop.seminar_id).where(Workshop.id == workshop_id))
    if seminar_id is None:
        raise NotFound
    desk = await Desk.open(session, seminar_id)
    if workshop_id not in desk.workshops:  # removed while the lock was awaited
        raise NotFound
    return desk, desk.workshops[workshop_id]


def _expect_sound(desk: Desk, workshop: Workshop) -> None:
    expect_known(
        track=("tracks", [workshop.track] if workshop.track else []), skills=("skills", workshop.skills)
    )
    wrong: list[FieldError] = []
    if workshop.ends_at <= workshop.starts_at:
        wrong.append({"pointer": "/ends_at", "detail": "ends_at > starts_at"})
    if not desk.seminar.holds(workshop.starts_at, workshop.ends_at):
        wrong.append({"pointer": "/starts_at", "detail": "within the seminar's starts_at and ends_at"})
    if wrong:
        raise TimesInvalid(errors=wrong)


async def _expect_no_clash(desk: Desk, workshop: Workshop) -> None:
    rivals = [one.id for one in desk.workshops.values() if one is not workshop and one.overlaps(workshop)]
    mine, theirs = aliased(WorkshopSeat), aliased(WorkshopSeat)
    people = await desk.session.scalar(
        select(func.count(func.distinct(mine.registration_id)))
        .join(theirs, theirs.registration_id == mine.registration_id)
        .where(mine.workshop_id == workshop.id, theirs.workshop_id.in_(rivals))
        .where(mine.yields_to.is_(None), theirs.yields_to.is_(None))
    )
    if people:
        raise WorkshopClash(people=people)
