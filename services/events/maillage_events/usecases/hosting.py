"""Guests: coordinators of other regions who ask for a seat here, through the same desk as everybody."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from maillage.events import Permanent, record
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.desk import Desk
from maillage_events.events import GuestAnswered
from maillage_events.model import Attendance, Person, Registration, Seminar
from maillage_events.model.abroad import REFUSED
from maillage_events.model.network import ERASED
from maillage_events.model.registration import CANCELLED, OFFERED


@dataclass(frozen=True)
class Guest:
    """A request as another region made it: its number, who asks, for which seminar."""

    id: UUID
    region: str
    coordinator_id: UUID
    seminar_id: UUID


async def admit_guest(session: AsyncSession, guest: Guest) -> None:
    """Seat a guest, put her on the waiting list, or refuse her with a reason; her region is told.

    Again is harmless, and a request that was withdrawn before it came stays withdrawn. Raises Permanent for a
    request in the name of somebody who is not of that region, or with a number that is taken.
    """
    person = await expect_of_region(session, guest.coordinator_id, guest.region)
    if person is not None and person.status == ERASED:
        return
    desk = await _desk(session, guest)
    if desk is None:
        _refuse(session, guest, "unknown-seminar")
        return
    if await _known(session, guest) is not None:
        return
    reason = await _why_not(desk, guest)
    if reason is not None:
        _refuse(session, guest, reason)
        return
    await desk.admit(_registration(desk, guest), [])
    await desk.close()


async def withdraw_guest(session: AsyncSession, guest: Guest) -> None:
    """Give up a guest's place; what comes free goes on. One not heard of yet is noted as withdrawn."""
    desk = await _desk(session, guest)
    if desk is None:
        return
    known = await _known(session, guest)
    if known is None:
        gone = _registration(desk, guest)
        gone.place, gone.status, gone.cancelled_at, gone.cancel_reason = 0, CANCELLED, desk.now, "self"
        session.add(gone)
        return
    registration = await desk.registration(known.id)
    came = await session.scalar(select(exists().where(Attendance.registration_id == known.id)))
    if registration.is_active and not came:
        desk.cancel(registration, "self")
        await desk.settle()
        await desk.close()


async def accept_guest(session: AsyncSession, guest: Guest) -> None:
    """A guest takes the seat offered to her; too late, it has gone on and she has been told."""
    desk = await _desk(session, guest)
    known = await _known(session, guest) if desk is not None else None
    if desk is None or known is None:
        return
    registration = await desk.registration(known.id)
    expires_at = registration.offer_expires_at
    if registration.status == OFFERED and (expires_at is None or desk.now < expires_at):
        desk.accept(registration)
        await desk.close()


async def expect_of_region(session: AsyncSession, coordinator_id: UUID, region: str) -> Person | None:
    """What is known of a coordinator of `region`. Raises Permanent when she is another region's, or ours."""
    person = await session.get(Person, coordinator_id)
    if person is not None and person.region != region:
        raise Permanent(f"coordinator {coordinator_id} is not of {region}")
    return person


async def _desk(session: AsyncSession, guest: Guest) -> Desk | None:
    if await session.get(Seminar, guest.seminar_id) is None:
        return None
    return await Desk.open(session, guest.seminar_id)


async def _known(session: AsyncSession, guest: Guest) -> Registration | None:
    """The registration of that number. Raises Permanent when it is not this guest's."""
    found = await session.get(Registration, guest.id)
    if found is None:
        return None
    if found.guest_region != guest.region or found.seminar_id != guest.seminar_id:
        raise Permanent(f"the number {guest.id} is another registration's")
    return found


async def _why_not(desk: Desk, guest: Guest) -> str | None:
    """The code of what speaks against a request, None when nothing does."""
    seminar = desk.seminar
    if not seminar.is_open_abroad:
        return "seminar-not-open"
    if desk.now < seminar.registration_opens_at:
        return "registration-not-open"
    if desk.now > seminar.registration_closes_at:
        return "registration-closed"
    other = exists().where(
        Registration.seminar_id == seminar.id,
        Registration.coordinator_id == guest.coordinator_id,
        Registration.status != CANCELLED,
    )
    return "already-registered" if await desk.session.scalar(select(other)) else None


def _registration(desk: Desk, guest: Guest) -> Registration:
    return Registration(
        id=guest.id,
        seminar_id=guest.seminar_id,
        coordinator_id=guest.coordinator_id,
        guest_region=guest.region,
        answers={},
        registered_at=desk.now,
    )


def _refuse(session: AsyncSession, guest: Guest, reason: str) -> None:
    answer = GuestAnswered(
        guest_id=guest.id,
        seminar_id=guest.seminar_id,
        coordinator_id=guest.coordinator_id,
        guest_region=guest.region,
        status=REFUSED,
        reason=reason,
    )
    record(session, answer, sequence=0)
