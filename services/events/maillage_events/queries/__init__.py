"""Reads: plain selects, and the few rows that one answer is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.errors import NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import Select, String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.desk import Desk
from maillage_events.model import (
    Attendance,
    Person,
    Registration,
    SeatPool,
    Seminar,
    Suggestion,
    Workshop,
    WorkshopSeat,
)
from maillage_events.model.registration import CANCELLED, CONFIRMED, WAITLISTED
from maillage_events.model.seminar import DRAFT, PUBLISHED

Positions = dict[UUID, int]


@dataclass(frozen=True)
class WorkshopView:
    """A workshop with its seats."""

    workshop: Workshop
    pool: SeatPool


@dataclass(frozen=True)
class SeminarView:
    """A seminar with its seats and workshops in their order."""

    seminar: Seminar
    pool: SeatPool
    workshops: list[WorkshopView]

    @classmethod
    def of_desk(cls, desk: Desk) -> SeminarView:
        """What lies on the desk, read already."""
        ordered = sorted(desk.workshops.values(), key=lambda one: (one.starts_at, one.id))
        workshops = [WorkshopView(one, desk.pools[one.id]) for one in ordered]
        return cls(desk.seminar, desk.pool, workshops)


@dataclass(frozen=True)
class RegistrationView:
    """A registration with everything an answer may show of it; positions are those of the waiting lists."""

    registration: Registration
    seminar: Seminar
    person: Person | None
    position: int | None
    seats: list[tuple[WorkshopSeat, Workshop]] = field(default_factory=list)
    seat_positions: Positions = field(default_factory=dict)
    attendances: list[Attendance] = field(default_factory=list)

    @classmethod
    def of_desk(cls, desk: Desk, registration: Registration, person: Person | None) -> RegistrationView:
        """A registration made just now: last in every queue it stands in, so nothing is to be asked again."""
        seats = list(desk.seats_of(registration).values())
        return cls(
            registration,
            desk.seminar,
            person,
            desk.pool.waitlisted if registration.status == WAITLISTED else None,
            [(seat, desk.workshops[seat.workshop_id]) for seat in seats],
            {seat.id: desk.pools[seat.workshop_id].waitlisted for seat in seats if seat.status == WAITLISTED},
        )


async def seminar_view(session: AsyncSession, key: UUID | str, *, drafts: bool) -> SeminarView:
    """One seminar by id or slug. Raises NotFound, also for a draft unless `drafts`."""
    which = Seminar.id == key if isinstance(key, UUID) else Seminar.slug == key
    row = (await session.execute(_seminars().where(which))).one_or_none()
    if row is None or (row[0].status == DRAFT and not drafts):
        raise NotFound
    (view,) = await _with_workshops(session, [(row[0], row[1])])
    return view


async def list_seminars(
    session: AsyncSession,
    params: Paging,
    *,
    drafts: bool,
    status: str | None,
    upcoming: bool | None,
    track: str | None,
    now: datetime,
) -> tuple[list[SeminarView], str | None]:
    """A page of seminars: those to come soonest first, those past latest first, all in order of dates."""
    statement = _seminars()
    if not drafts:
        statement = statement.where(Seminar.status != DRAFT)
    if status is not None:
        statement = statement.where(Seminar.status == status)
    if upcoming is not None:
        statement = statement.where(Seminar.ends_at >= now if upcoming else Seminar.ends_at < now)
    if track is not None:
        statement = statement.where(cast(Seminar.tracks, String).contains(f'"{track}"', autoescape=True))
    key = (Seminar.starts_at, Seminar.id)
    rows, cursor = await paginate(session, statement, params, key=key, descending=upcoming is False)
    return await _with_workshops(session, rows), cursor


async def workshop_view(session: AsyncSession, workshop_id: UUID, *, drafts: bool) -> WorkshopView:
    """One workshop. Raises NotFound, also for one of a draft unless `drafts`."""
    statement = (
        select(Workshop, SeatPool, Seminar.status)
        .join(SeatPool, SeatPool.workshop_id == Workshop.id)
        .join(Seminar, Seminar.id == Workshop.seminar_id)
        .where(Workshop.id == workshop_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None or (row[2] == DRAFT and not drafts):
        raise NotFound
    return WorkshopView(row[0], row[1])


async def registration_view(session: AsyncSession, registration_id: UUID) -> RegistrationView:
    """One registration. Raises NotFound."""
    statement = _registrations().where(Registration.id == registration_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound
    (view,) = await _registration_views(session, [(row[0], row[1], row[2])])
    return view


async def seminar_registrations(
    session: AsyncSession, seminar_id: UUID, params: Paging, *, everything: bool, status: str | None
) -> tuple[list[RegistrationView], str | None]:
    """A page of a seminar's registrations in their order; confirmed people only unless `everything`."""
    statement = _registrations().where(Registration.seminar_id == seminar_id)
    if not everything:
        statement = statement.where(
            Registration.status == CONFIRMED, Registration.coordinator_id.is_not(None)
        )
    if status is not None:
        statement = statement.where(Registration.status == status)
    rows, cursor = await paginate(session, statement, params, key=(Registration.place, Registration.id))
    return await _registration_views(session, rows), cursor


async def registrations_of(
    session: AsyncSession, coordinator_id: UUID, params: Paging, *, upcoming: bool | None, now: datetime
) -> tuple[list[RegistrationView], str | None]:
    """A page of one person's registrations, by the date of the seminar."""
    statement = _registrations().where(Registration.coordinator_id == coordinator_id)
    if upcoming is not None:
        statement = statement.where(Seminar.ends_at >= now if upcoming else Seminar.ends_at < now)
    rows, cursor = await paginate(session, statement, params, key=(Seminar.starts_at, Registration.id))
    return await _registration_views(session, rows), cursor


async def suggestions_of(
    session: AsyncSession, coordinator_id: UUID, now: datetime
) -> list[tuple[Suggestion, SeminarView]]:
    """Seminars suggested to a person that she can still register for and has not."""
    registered = select(Registration.seminar_id).where(
        Registration.coordinator_id == coordinator_id, Registration.status != CANCELLED
    )
    statement = (
        select(Suggestion, Seminar, SeatPool)
        .join(Seminar, Seminar.id == Suggestion.seminar_id)
        .join(SeatPool, (SeatPool.seminar_id == Seminar.id) & SeatPool.workshop_id.is_(None))
        .where(Suggestion.coordinator_id == coordinator_id, Seminar.status == PUBLISHED)
        .where(Seminar.registration_closes_at >= now, Seminar.id.not_in(registered))
        .order_by(Seminar.starts_at, Suggestion.id)
    )
    rows = (await session.execute(statement)).all()
    views = await _with_workshops(session, [(seminar, pool) for _, seminar, pool in rows])
    return list(zip([row[0] for row in rows], views, strict=True))


async def attendance_of(session: AsyncSession, attendance_id: UUID) -> Attendance:
    """One presence. Raises NotFound."""
    found = await session.get(Attendance, attendance_id)
    if found is None:
        raise NotFound
    return found


async def list_attendances(
    session: AsyncSession, seminar_id: UUID, params: Paging, workshop_id: UUID | None
) -> tuple[list[Attendance], str | None]:
    """A page of a seminar's presences in the order they were noted."""
    statement = select(Attendance).where(Attendance.seminar_id == seminar_id)
    if workshop_id is not None:
        statement = statement.where(Attendance.workshop_id == workshop_id)
    return await paginate(session, statement, params)


def _seminars() -> Select[Seminar, SeatPool]:
    return select(Seminar, SeatPool).join(
        SeatPool, (SeatPool.seminar_id == Seminar.id) & SeatPool.workshop_id.is_(None)
    )


def _registrations() -> Select[Registration, Seminar, Person]:
    return (
        select(Registration, Seminar, Person)
        .join(Seminar, Seminar.id == Registration.seminar_id)
        .outerjoin(Person, Person.id == Registration.coordinator_id)
    )


async def _with_workshops(
    session: AsyncSession, rows: Sequence[tuple[Seminar, SeatPool]]
) -> list[SeminarView]:
    found: dict[UUID, list[WorkshopView]] = {seminar.id: [] for seminar, _ in rows}
    statement = (
        select(Workshop, SeatPool)
        .join(SeatPool, SeatPool.workshop_id == Workshop.id)
        .where(Workshop.seminar_id.in_(found))
        .order_by(Workshop.starts_at, Workshop.id)
    )
    for workshop, pool in (await session.execute(statement)).all() if found else []:
        found[workshop.seminar_id].append(WorkshopView(workshop, pool))
    return [SeminarView(seminar, pool, found[seminar.id]) for seminar, pool in rows]


async def _registration_views(
    session: AsyncSession, rows: Sequence[tuple[Registration, Seminar, Person | None]]
) -> list[RegistrationView]:
    ids = [registration.id for registration, _, _ in rows]
    seats: dict[UUID, list[tuple[WorkshopSeat, Workshop]]] = {one: [] for one in ids}
    presences: dict[UUID, list[Attendance]] = {one: [] for one in ids}
    if not ids:
        return []
    chosen = (
        select(WorkshopSeat, Workshop)
        .join(Workshop, Workshop.id == WorkshopSeat.workshop_id)
        .where(WorkshopSeat.registration_id.in_(ids))
        .order_by(Workshop.starts_at, Workshop.id)
    )
    for seat, workshop in (await session.execute(chosen)).all():
        seats[seat.registration_id].append((seat, workshop))
    noted = select(Attendance).where(Attendance.registration_id.in_(ids)).order_by(Attendance.id)
    for attendance in await session.scalars(noted):
        presences[attendance.registration_id].append(attendance)
    positions = await _positions(session, {one.seminar_id for one, _, _ in rows if one.status == WAITLISTED})
    queues = {seat.workshop_id for some in seats.values() for seat, _ in some if seat.status == WAITLISTED}
    seat_positions = await _seat_positions(session, queues)
    return [
        RegistrationView(
            one, seminar, person, positions.get(one.id), seats[one.id], seat_positions, presences[one.id]
        )
        for one, seminar, person in rows
    ]


async def _positions(session: AsyncSession, seminar_ids: Iterable[UUID]) -> Positions:
    """Each waiting registration's rank in its seminar's list, from 1."""
    rank = func.row_number().over(partition_by=Registration.seminar_id, order_by=Registration.place)
    return await _ranks(
        session,
        select(Registration.id, rank).where(
            Registration.seminar_id.in_(seminar_ids), Registration.status == WAITLISTED
        ),
    )


async def _seat_positions(session: AsyncSession, workshop_ids: Iterable[UUID]) -> Positions:
    """Each waiting seat's rank in its workshop's list, from 1."""
    rank = func.row_number().over(partition_by=WorkshopSeat.workshop_id, order_by=WorkshopSeat.place)
    return await _ranks(
        session,
        select(WorkshopSeat.id, rank).where(
            WorkshopSeat.workshop_id.in_(workshop_ids), WorkshopSeat.status == WAITLISTED
        ),
    )


async def _ranks(session: AsyncSession, statement: Select[Any]) -> Positions:
    return {row[0]: row[1] for row in await session.execute(statement)}
