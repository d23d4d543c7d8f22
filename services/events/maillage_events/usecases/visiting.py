"""Seats at other regions' seminars: asked for here, decided there. Each step crosses the link as an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from maillage import clock
from maillage.auth import Principal, require_self_or_animator
from maillage.auth.principal import COORDINATOR
from maillage.db import lock_row
from maillage.errors import NotFound
from maillage.events import Permanent, record
from maillage.ids import new_id
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.errors import (
    AlreadyRegistered,
    AlreadyStarted,
    CoordinatorGone,
    CoordinatorMissing,
    NameNotShared,
    NoOffer,
    OfferExpired,
    RegistrationClosed,
    RegistrationNotActive,
    RegistrationNotOpen,
    SeminarShutAbroad,
)
from maillage_events.events import GuestAccepted, GuestDecided, GuestRequested, GuestWithdrawn
from maillage_events.model import GuestRequest, NeighbourSeminar, Person
from maillage_events.model.abroad import OPEN, REFUSED, STANDING
from maillage_events.model.network import ACTIVE
from maillage_events.model.registration import CANCELLED, OFFERED

SEMINAR_CANCELLED = "seminar-cancelled"


@dataclass(frozen=True)
class Answer:
    """What the host says of a request. `told` is its number, by which an older answer is known."""

    guest_id: UUID
    host_region: str
    status: str
    position: int | None
    expires_at: datetime | None
    reason: str | None
    told: int | None


async def request_seat(session: AsyncSession, seminar_id: UUID, caller: Principal) -> GuestRequest:
    """Ask the host for a seat for the caller.

    Raises NotFound, CoordinatorMissing, CoordinatorGone, NameNotShared, AlreadyRegistered with the existing
    id, SeminarShutAbroad, RegistrationNotOpen, RegistrationClosed.
    """
    if COORDINATOR not in caller.roles:
        raise CoordinatorMissing
    seminar = await lock_row(session, NeighbourSeminar, seminar_id)
    if not seminar.title:
        raise NotFound
    await _expect_name_shared(session, caller.id)
    await _expect_first(session, seminar_id, caller.id)
    _expect_open(seminar)
    asked = GuestRequest(
        id=new_id(),
        seminar_id=seminar_id,
        host_region=seminar.region,
        coordinator_id=caller.id,
        requested_at=clock.now(),
    )
    session.add(asked)
    await session.flush()
    event = GuestRequested(**_ids(asked), host_region=asked.host_region, requested_at=asked.requested_at)
    record(session, event, sequence=asked.version)
    return asked


async def cancel_request(session: AsyncSession, guest_id: UUID, caller: Principal) -> GuestRequest:
    """Give up a request, place or seat; again is harmless. Raises NotFound, Forbidden, AlreadyStarted."""
    asked = await _hers(session, guest_id, caller)
    if not asked.is_standing:
        return asked
    seminar = await session.get_one(NeighbourSeminar, asked.seminar_id)
    if clock.now() >= seminar.starts_at and not caller.is_animator:
        raise AlreadyStarted
    await withdraw(session, asked, "self")
    return asked


async def accept_seat(session: AsyncSession, guest_id: UUID, caller: Principal) -> GuestRequest:
    """Take the seat the host offers; it counts once the host confirms. Raises NoOffer, OfferExpired."""
    asked = await _hers(session, guest_id, caller)
    _expect_offer(asked)
    if asked.accepted_at is None:
        asked.accepted_at = clock.now()
        await session.flush()
        event = GuestAccepted(**_ids(asked), host_region=asked.host_region)
        record(session, event, sequence=asked.version)
    return asked


async def decline_seat(session: AsyncSession, guest_id: UUID, caller: Principal) -> GuestRequest:
    """Leave the seat the host offers to the next. Raises NoOffer, OfferExpired."""
    asked = await _hers(session, guest_id, caller)
    _expect_offer(asked)
    await withdraw(session, asked, "offer-declined")
    return asked


async def withdraw(session: AsyncSession, asked: GuestRequest, reason: str) -> None:
    """End a standing request from this side: the host frees the seat, the person hears why."""
    asked.end(CANCELLED, reason)
    await session.flush()
    record(session, GuestWithdrawn(**_ids(asked), host_region=asked.host_region), sequence=asked.version)
    await tell_decided(session, asked)


async def note_answer(session: AsyncSession, answer: Answer) -> None:
    """Keep what the host answers, and tell the person; what is old, or ended from here, stays as it is.

    Raises Permanent when the answer comes from a region that was not asked.
    """
    asked = await session.get(GuestRequest, answer.guest_id, with_for_update=True)
    if asked is None:  # a copy of this region's database older than the request, or no request of ours
        return
    if asked.host_region != answer.host_region:
        raise Permanent(f"{answer.host_region} answers a request made to {asked.host_region}")
    if not asked.is_standing or _is_old(asked, answer):
        return
    asked.told, asked.answered_at = answer.told, clock.now()
    if answer.status in (CANCELLED, REFUSED):
        asked.end(answer.status, answer.reason or "")
    elif answer.status in STANDING:
        asked.status, asked.reason = answer.status, answer.reason
        asked.position, asked.expires_at = answer.position, answer.expires_at
        asked.accepted_at = asked.accepted_at if answer.status == OFFERED else None
    else:
        raise Permanent(f"unknown state in an answer about {asked.id}")
    await session.flush()
    await tell_decided(session, asked)


async def end_all_for(session: AsyncSession, seminar_id: UUID) -> None:
    """The host calls its seminar off: nobody's request comes to a seat any more."""
    for asked in await standing(session, seminar_id=seminar_id):
        asked.end(CANCELLED, SEMINAR_CANCELLED)
        await session.flush()
        await tell_decided(session, asked)


async def standing(
    session: AsyncSession, *, seminar_id: UUID | None = None, coordinator_id: UUID | None = None
) -> list[GuestRequest]:
    """The standing requests for a seminar, or of a person, locked."""
    wanted = select(GuestRequest).where(GuestRequest.status.in_(sorted(STANDING)))
    if seminar_id is not None:
        wanted = wanted.where(GuestRequest.seminar_id == seminar_id)
    if coordinator_id is not None:
        wanted = wanted.where(GuestRequest.coordinator_id == coordinator_id)
    locked = wanted.order_by(GuestRequest.id).with_for_update()
    return list(await session.scalars(locked, execution_options={"populate_existing": True}))


async def tell_decided(session: AsyncSession, asked: GuestRequest, reason: str | None = None) -> None:
    """Tell this region where a person's request stands now, with the facts of the seminar."""
    seminar = await session.get(NeighbourSeminar, asked.seminar_id)
    if seminar is None or asked.coordinator_id is None:
        return
    event = GuestDecided(
        **_ids(asked),
        host_region=asked.host_region,
        title=seminar.title,
        starts_at=seminar.starts_at,
        ends_at=seminar.ends_at,
        time_zone=seminar.time_zone,
        venue=seminar.venue,
        city=seminar.city,
        url=seminar.url,
        status=asked.status,
        position=asked.position,
        expires_at=asked.expires_at,
        reason=reason or asked.reason,
        sequence=calendar_sequence(seminar, asked),
    )
    record(session, event, sequence=asked.version)


def calendar_sequence(seminar: NeighbourSeminar, asked: GuestRequest) -> int:
    """Grows with every change of either, since each of the two numbers only grows."""
    return seminar.sequence + asked.version


async def _hers(session: AsyncSession, guest_id: UUID, caller: Principal) -> GuestRequest:
    asked = await lock_row(session, GuestRequest, guest_id)
    if asked.coordinator_id is None:
        raise NotFound
    require_self_or_animator(caller, asked.coordinator_id)
    return asked


async def _expect_name_shared(session: AsyncSession, coordinator_id: UUID) -> None:
    """The host's animators learn her name from her card: without it they could not seat her."""
    person = await session.get(Person, coordinator_id)
    if person is not None and person.status != ACTIVE:
        raise CoordinatorGone
    if person is None or not person.name_reaches("national"):
        raise NameNotShared


async def _expect_first(session: AsyncSession, seminar_id: UUID, coordinator_id: UUID) -> None:
    wanted = select(GuestRequest.id).where(
        GuestRequest.seminar_id == seminar_id,
        GuestRequest.coordinator_id == coordinator_id,
        GuestRequest.status.in_(sorted(STANDING)),
    )
    existing = await session.scalar(wanted)
    if existing is not None:
        raise AlreadyRegistered(existing)


def _expect_open(seminar: NeighbourSeminar) -> None:
    now = clock.now()
    if seminar.status != OPEN:
        raise SeminarShutAbroad
    if seminar.registration_opens_at is not None and now < seminar.registration_opens_at:
        raise RegistrationNotOpen
    if not seminar.is_open(now):
        raise RegistrationClosed


def _expect_offer(asked: GuestRequest) -> None:
    if not asked.is_standing:
        raise RegistrationNotActive
    if asked.status != OFFERED:
        raise NoOffer
    if asked.expires_at is not None and asked.expires_at <= clock.now():
        raise OfferExpired


def _is_old(asked: GuestRequest, answer: Answer) -> bool:
    return answer.told is not None and asked.told is not None and answer.told <= asked.told


def _ids(asked: GuestRequest) -> dict[str, UUID]:
    assert asked.coordinator_id is not None  # noqa: S101  (a standing request has its person)
    return {"guest_id": asked.id, "seminar_id": asked.seminar_id, "coordinator_id": asked.coordinator_id}
