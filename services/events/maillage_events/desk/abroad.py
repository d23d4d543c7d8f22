"""What other regions are told by the desk: a seminar open to them, and where their guests stand."""

from __future__ import annotations

import hashlib

from maillage.events import Event, record
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.events import GuestAnswered, SeminarOpened, SeminarShut
from maillage_events.model import Registration, SeatPool, Seminar
from maillage_events.model.seminar import CANCELLED, COMPLETED

_FROM_SEMINAR = set(SeminarOpened.model_fields) - {"seminar_id", "capacity", "seats_left", "url"}
WITHDRAWN = "withdrawn"


def tell_other_regions(session: AsyncSession, seminar: Seminar, pool: SeatPool) -> None:
    """Record what they should know of the seminar now, if it is not what they heard last.

    For whoever holds the seminar's lock; `pool` is the seminar's own.
    """
    facts = _opened(seminar, pool) if seminar.is_open_abroad else None
    # The calendars' number also moves for what is not told, a workshop's room for instance.
    shown = facts.model_dump_json(exclude={"sequence"}) if facts else None
    digest = hashlib.sha256(shown.encode()).hexdigest() if shown else None
    if digest == pool.told_abroad:
        return
    pool.told_abroad, pool.tellings = digest, pool.tellings + 1
    reason = seminar.status if seminar.status in (CANCELLED, COMPLETED) else WITHDRAWN
    record(session, facts or SeminarShut(seminar_id=seminar.id, reason=reason), sequence=pool.tellings)


def guest_answer(registration: Registration, happened: Event) -> GuestAnswered:
    """What happened to a guest's registration, as her region is told."""
    assert registration.coordinator_id is not None  # noqa: S101  (nothing is told of an erased person)
    assert registration.guest_region is not None  # noqa: S101  (as above)
    return GuestAnswered(
        guest_id=registration.id,
        seminar_id=registration.seminar_id,
        coordinator_id=registration.coordinator_id,
        guest_region=registration.guest_region,
        status=registration.status,
        position=getattr(happened, "position", None),
        expires_at=getattr(happened, "expires_at", None),
        reason=getattr(happened, "reason", None),
    )


def _opened(seminar: Seminar, pool: SeatPool) -> SeminarOpened:
    values = {name: getattr(seminar, name) for name in _FROM_SEMINAR}
    left = pool.seats_left or 0
    return SeminarOpened(
        seminar_id=seminar.id, capacity=pool.capacity or 0, seats_left=left, url=seminar.page, **values
    )
