"""Keeping the copies of other services' facts. Events may come late, twice or before what they speak of."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.errors import UnknownCoordinator
from maillage_mentoring.model import Coordinator, Cpts, Position, SeminarSeat


async def keep_coordinator(
    session: AsyncSession, coordinator_id: UUID, facts: dict[str, Any], sequence: int | None
) -> bool:
    """Write what is known of a person; False when something newer is known already, or she was erased."""
    person = await session.get(Coordinator, coordinator_id)
    if person is None:
        person = Coordinator(id=coordinator_id, sequence=0)
        session.add(person)
    elif person.status == "erased":
        return False
    elif _is_older(sequence, person.sequence):
        if person.first_name is None and person.last_name is None:
            # Heard of first by her departure: an older word on who she is is better than none.
            _set(person, {name: value for name, value in facts.items() if name != "status"})
            await session.flush()
        return False
    _set(person, facts)
    person.sequence = max(person.sequence, sequence or 0)
    await session.flush()
    return True


async def require_not_erased(session: AsyncSession, person_id: UUID) -> None:
    """Raises UnknownCoordinator once she was erased: her access token outlives her account by minutes."""
    person = await session.get(Coordinator, person_id)
    if person is not None and person.status == "erased":
        raise UnknownCoordinator


async def keep_cpts(
    session: AsyncSession, cpts_id: UUID, facts: dict[str, Any], sequence: int | None
) -> bool:
    """Write what is known of a CPTS; False when something newer is known already."""
    cpts = await session.get(Cpts, cpts_id)
    if cpts is None:
        cpts = Cpts(id=cpts_id, sequence=0)
        session.add(cpts)
    elif _is_older(sequence, cpts.sequence):
        if not cpts.name:
            # Heard of first by its end.
            _set(cpts, {name: value for name, value in facts.items() if name != "status"})
            await session.flush()
        return False
    _set(cpts, facts)
    cpts.sequence = max(cpts.sequence, sequence or 0)
    await session.flush()
    return True


async def keep_position(
    session: AsyncSession,
    position_id: UUID,
    coordinator_id: UUID,
    cpts_id: UUID,
    *,
    title: str | None = None,
    started_on: date | None = None,
    ended_on: date | None = None,
) -> Position:
    """Add what one of its events says; the start never undoes an end that was told first."""
    position = await session.get(Position, position_id)
    if position is None:
        position = Position(id=position_id, coordinator_id=coordinator_id, cpts_id=cpts_id)
        session.add(position)
    position.title = title or position.title
    position.started_on = started_on or position.started_on
    position.ended_on = ended_on or position.ended_on
    await session.flush()
    return position


async def keep_seat(
    session: AsyncSession,
    registration_id: UUID,
    coordinator_id: UUID,
    seminar_id: UUID,
    *,
    confirmed_at: datetime,
) -> None:
    """A registration was confirmed; the first time counts."""
    seat = await _seat(session, registration_id, coordinator_id, seminar_id)
    seat.confirmed_at = min(seat.confirmed_at or confirmed_at, confirmed_at)
    await session.flush()


async def keep_presence(
    session: AsyncSession,
    registration_id: UUID,
    coordinator_id: UUID,
    seminar_id: UUID,
    attendance_id: UUID,
    noted_at: datetime | None,
) -> None:
    """An attendance was noted, or withdrawn (`noted_at` is None): once withdrawn it never counts again."""
    seat = await _seat(session, registration_id, coordinator_id, seminar_id)
    known, key = seat.presences or {}, str(attendance_id)
    if key not in known or noted_at is None:
        seat.presences = {**known, key: noted_at.isoformat() if noted_at else None}
    noted = [datetime.fromisoformat(at) for at in seat.presences.values() if at]
    seat.attended_at = min(noted, default=None)
    await session.flush()


async def _seat(
    session: AsyncSession, registration_id: UUID, coordinator_id: UUID, seminar_id: UUID
) -> SeminarSeat:
    seat = await session.get(SeminarSeat, registration_id)
    if seat is None:
        seat = SeminarSeat(id=registration_id, coordinator_id=coordinator_id, seminar_id=seminar_id)
        session.add(seat)
    return seat


def _set(row: Coordinator | Cpts, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(row, name, value)


def _is_older(sequence: int | None, known: int) -> bool:
    return sequence is not None and sequence < known
