"""Registering, changing, cancelling, and answering an offered seat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.auth import Principal, require_self_or_animator
from maillage.auth.principal import COORDINATOR
from maillage.errors import Forbidden, NotFound
from maillage.http import expect_version
from maillage.ids import new_id
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.desk import Desk
from maillage_events.errors import (
    AlreadyAttended,
    AlreadyRegistered,
    AlreadyStarted,
    ChangeClosed,
    CoordinatorGone,
    CoordinatorMissing,
    NoOffer,
    OfferExpired,
    RegistrationClosed,
    RegistrationNotActive,
    RegistrationNotOpen,
)
from maillage_events.model import Attendance, Person, Registration, Seminar
from maillage_events.model.base import touch
from maillage_events.model.network import ACTIVE
from maillage_events.model.registration import CANCELLED, OFFERED
from maillage_events.model.seminar import DRAFT, PUBLISHED
from maillage_events.queries import RegistrationView


async def register(
    session: AsyncSession,
    seminar_id: UUID,
    caller: Principal,
    *,
    coordinator_id: UUID | None = None,
    workshop_ids: Sequence[UUID] = (),
    answers: dict[str, Any] | None = None,
) -> RegistrationView:
    """Register the caller, or (animators) someone else, also outside of the registration window.

    A person this service has not heard of yet is taken: the news of her may be on its way. Raises
    AlreadyRegistered with the existing id, CoordinatorGone, RegistrationNotOpen, RegistrationClosed,
    WrongSeminarStatus, UnknownWorkshop, WorkshopsOverlap.
    """
    whom = whom_of(caller, coordinator_id)
    person = await session.get(Person, whom)
    expect_in_network(person)
    desk = await Desk.open(session, seminar_id)
    expect_open(desk.seminar, desk.now, caller)
    await _expect_unregistered(desk, whom)
    registration = Registration(
        id=new_id(),
        seminar_id=seminar_id,
        coordinator_id=whom,
        registered_by=caller.id,
        answers=answers or {},
        registered_at=desk.now,
    )
    await desk.admit(registration, workshop_ids)
    await desk.close()
    return RegistrationView.of_desk(desk, registration, person)


async def change_registration(
    session: AsyncSession,
    registration_id: UUID,
    caller: Principal,
    version: int,
    *,
    workshop_ids: Sequence[UUID] | None = None,
    answers: dict[str, Any] | None = None,
) -> None:
    """Choose other workshops until the seminar's `change_until` (animators: any time), or answer anew.

    Raises ChangeClosed, RegistrationNotActive, UnknownWorkshop, WorkshopsOverlap, PreconditionFailed.
    """
    desk, registration = await _at_desk(session, registration_id, caller)
    expect_version(registration, version)
    _expect_active(registration)
    desk.seminar.expect_status(PUBLISHED)
    if desk.now > desk.seminar.change_until and not caller.is_animator:
        raise ChangeClosed
    touch(registration, desk.now)
    if answers is not None:
        registration.answers = answers
    if workshop_ids is not None:
        desk.change(registration, workshop_ids)
        await desk.settle()
    await desk.close()


async def cancel_registration(
    session: AsyncSession, registration_id: UUID, caller: Principal, note: str | None = None
) -> None:
    """Give up a seat or a place; again is harmless. The next in order is offered what comes free.

    Raises AlreadyStarted for the person herself once the seminar runs, AlreadyAttended.
    """
    desk, registration = await _at_desk(session, registration_id, caller)
    if registration.status == CANCELLED:
        return
    desk.seminar.expect_status(PUBLISHED)
    if desk.now >= desk.seminar.starts_at and not caller.is_animator:
        raise AlreadyStarted
    if await session.scalar(select(exists().where(Attendance.registration_id == registration_id))):
        raise AlreadyAttended
    own = registration.coordinator_id == caller.id
    desk.cancel(registration, "self" if own else "animator", note)
    await desk.settle()
    await desk.close()


async def accept_offer(session: AsyncSession, registration_id: UUID, caller: Principal) -> None:
    """Take the offered seat. Raises NoOffer, OfferExpired."""
    desk, registration = await _at_desk(session, registration_id, caller)
    _expect_offer(registration, desk.now)
    desk.accept(registration)
    await desk.close()


async def decline_offer(session: AsyncSession, registration_id: UUID, caller: Principal) -> None:
    """Leave the offered seat to the next. Raises NoOffer, OfferExpired."""
    desk, registration = await _at_desk(session, registration_id, caller)
    _expect_offer(registration, desk.now)
    desk.cancel(registration, "offer-declined")
    await desk.settle()
    await desk.close()


async def expire_offer(session: AsyncSession, registration_id: UUID) -> None:
    """Take back an offered seat whose deadline has passed; nothing when it was answered meanwhile."""
    found = await session.get(Registration, registration_id)
    if found is None or found.status != OFFERED:
        return
    desk = await Desk.open(session, found.seminar_id)
    registration = await desk.registration(registration_id)
    if registration.status == OFFERED and _is_over(registration, desk.now):
        desk.cancel(registration, "offer-expired")
        await desk.settle()
        await desk.close()


def whom_of(caller: Principal, coordinator_id: UUID | None) -> UUID:
    """Who is to be registered. Raises CoordinatorMissing, Forbidden."""
    if coordinator_id is None:
        if COORDINATOR not in caller.roles:
            raise CoordinatorMissing
        return caller.id
    require_self_or_animator(caller, coordinator_id)
    return coordinator_id


def expect_in_network(person: Person | None) -> None:
    """Raises CoordinatorGone for somebody who is known to have left."""
    if person is not None and person.status != ACTIVE:
        raise CoordinatorGone


def expect_open(seminar: Seminar, now: datetime, caller: Principal) -> None:
    """Raises NotFound, WrongSeminarStatus, RegistrationNotOpen, RegistrationClosed."""
    if seminar.status == DRAFT and not caller.is_animator:
        raise NotFound
    seminar.expect_status(PUBLISHED)
    if caller.is_animator:
        return
    if now < seminar.registration_opens_at:
        raise RegistrationNotOpen
    if now > seminar.registration_closes_at:
        raise RegistrationClosed


async def _expect_unregistered(desk: Desk, coordinator_id: UUID) -> None:
    existing = select(Registration.id).where(
        Registration.seminar_id == desk.seminar.id,
        Registration.coordinator_id == coordinator_id,
        Registration.status != CANCELLED,
    )
    registration_id = await desk.session.scalar(existing)
    if registration_id is not None:
        raise AlreadyRegistered(registration_id)


async def _at_desk(
    session: AsyncSession, registration_id: UUID, caller: Principal
) -> tuple[Desk, Registration]:
    """The registration under its seminar's lock, for its owner or an animator."""
    found = await session.get(Registration, registration_id)
    if found is None:
        raise NotFound
    _expect_allowed(caller, found)
    desk = await Desk.open(session, found.seminar_id)
    return desk, await desk.registration(registration_id)


def _expect_allowed(caller: Principal, registration: Registration) -> None:
    if registration.coordinator_id is None and not caller.is_animator:
        raise Forbidden
    if registration.coordinator_id is not None:
        require_self_or_animator(caller, registration.coordinator_id)


def _expect_active(registration: Registration) -> None:
    if not registration.is_active:
        raise RegistrationNotActive


def _expect_offer(registration: Registration, now: datetime) -> None:
    if registration.status == CANCELLED and registration.cancel_reason == "offer-expired":
        raise OfferExpired
    if registration.status != OFFERED:
        raise NoOffer
    if _is_over(registration, now):
        raise OfferExpired


def _is_over(registration: Registration, now: datetime) -> bool:
    return registration.offer_expires_at is not None and registration.offer_expires_at <= now
