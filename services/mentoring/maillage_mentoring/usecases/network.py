"""Keeping the copies of other services' facts. Events may come late, twice or before what they speak of."""

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from maillage.events import News
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.errors import UnknownCoordinator
from maillage_mentoring.model import Coordinator, Cpts, Position, SeminarSeat

Told = TypeVar("Told", Coordinator, Cpts)


async def keep_coordinator(
    session: AsyncSession, coordinator_id: UUID, facts: dict[str, Any], sequence: int | None
) -> None:
    """Write what is known of a person, unless she was erased. Told late, it does not undo her departure."""
    person = await _copy(session, Coordinator, coordinator_id)
    if person.status != "erased":
        await _keep_whole(session, person, facts, sequence)


async def note_departure(session: AsyncSession, coordinator_id: UUID, sequence: int | None) -> None:
    """She has left the network; what else is known of her stays, and may still come."""
    person = await _copy(session, Coordinator, coordinator_id)
    if person.status != "erased" and person.hear_end(sequence):
        person.status = "left"
    await session.flush()


async def require_not_erased(session: AsyncSession, person_id: UUID) -> None:
    """Raises UnknownCoordinator once she was erased: her access token outlives her account by minutes."""
    if await is_erased(session, person_id):
        raise UnknownCoordinator


async def is_erased(session: AsyncSession, person_id: UUID) -> bool:
    """Whether she asked to be forgotten: what is told of her late brings nothing back."""
    person = await session.get(Coordinator, person_id)
    return person is not None and person.status == "erased"


async def keep_cpts(
    session: AsyncSession, cpts_id: UUID, facts: dict[str, Any], sequence: int | None
) -> None:
    """Write what is known of a CPTS. Told late, it does not open again what was closed."""
    await _keep_whole(session, await _copy(session, Cpts, cpts_id), facts, sequence)


async def note_closure(session: AsyncSession, cpts_id: UUID, sequence: int | None) -> None:
    """It is closed; what else is known of it stays, and may still come."""
    cpts = await _copy(session, Cpts, cpts_id)
    if cpts.hear_end(sequence):
        cpts.status = "closed"
    await session.flush()


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
    """A registration was confirmed; the first time counts. Of the erased no seat is kept."""
    if await is_erased(session, coordinator_id):
        return
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
    """An attendance was noted, or withdrawn (`noted_at` is None): once withdrawn it never counts again.

    Of the erased none is kept.
    """
    if await is_erased(session, coordinator_id):
        return
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


async def _copy(session: AsyncSession, model: type[Told], row_id: UUID) -> Told:
    row = await session.get(model, row_id)
    if row is None:
        row = model(id=row_id, sequence=0)
        session.add(row)
    return row


async def _keep_whole(
    session: AsyncSession, row: Coordinator | Cpts, facts: dict[str, Any], sequence: int | None
) -> None:
    news = row.hear_whole(sequence)
    for name, value in facts.items() if news is not News.NONE else ():
        if name != "status" or news is News.ALL:
            setattr(row, name, value)
    await session.flush()
