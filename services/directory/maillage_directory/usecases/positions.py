"""Taking up a post and leaving it."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from maillage import clock
from maillage.auth import Principal
from maillage.db import lock_row
from maillage.errors import NotFound
from maillage.events import record
from maillage.ids import new_id
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.errors import BadDates, CptsIsClosed, PositionEnded, PostHeld
from maillage_directory.events import CoordinatorLeft, CoordinatorUpdated, PositionStarted
from maillage_directory.events import PositionEnded as PositionEndedEvent
from maillage_directory.model import Coordinator, Cpts, Position
from maillage_directory.model.base import touch
from maillage_directory.model.position import COORDINATOR_TITLE
from maillage_directory.schemas.position import PositionEnd, PositionStart
from maillage_directory.usecases.coordinators import enter_coordinator, leave, locked_person, profile_facts
from maillage_directory.usecases.presenting import present

FARTHEST_START = timedelta(days=180)


async def start_position(
    session: AsyncSession, caller: Principal, cpts_id: UUID, body: PositionStart
) -> Position:
    """Records that a person takes up a post; somebody new gets profile and account in the same transaction.

    Raises NotFound, CptsIsClosed, PersonErased, BadDates, PostHeld, and what add_coordinator raises.
    """
    cpts = await lock_row(session, Cpts, cpts_id)
    if cpts.is_closed:
        raise CptsIsClosed
    started_on = body.started_on or clock.today()
    if started_on > clock.today() + FARTHEST_START:
        raise BadDates(errors=[{"pointer": "/started_on", "detail": "180 j"}])
    await _require_vacant(session, cpts_id, body)
    person = await _holder(session, caller, body)
    position = Position(
        id=new_id(),
        cpts_id=cpts_id,
        coordinator_id=person.id,
        title=body.title,
        started_on=started_on,
        recorded_by=caller.id,
    )
    session.add(position)
    touch(cpts, *([person] if body.coordinator is None else []))
    await session.flush()
    if person.status == "left":
        await _return(session, person)
    event = PositionStarted(
        position_id=position.id,
        coordinator_id=person.id,
        cpts_id=cpts_id,
        title=position.title,
        started_on=started_on,
        recorded_by=caller.id,
    )
    record(session, event, sequence=position.version)
    await present(session, person.id)
    return position


async def end_position(session: AsyncSession, position_id: UUID, body: PositionEnd) -> Position:
    """Ends a post. Who has no other one left stays in the collective as a resource person.

    Raises NotFound, PositionEnded, BadDates, PersonErased (the successor).
    """
    position = await _locked_position(session, position_id)
    if not position.is_open:
        raise PositionEnded
    ended_on = body.ended_on or clock.today()
    if ended_on < position.started_on or ended_on > max(clock.today(), position.started_on):
        raise BadDates(errors=[{"pointer": "/ended_on", "detail": f"{position.started_on} …"}])
    if body.successor_id is not None:
        await locked_person(session, body.successor_id)
    person = await lock_row(session, Coordinator, position.coordinator_id)
    await close_position(session, position, ended_on, body.successor_id)
    touch(person)
    await session.flush()
    if not await open_positions(session, person.id):
        await leave(session, person, ended_on)
        event = CoordinatorLeft(coordinator_id=person.id, left_on=ended_on)
        record(session, event, sequence=person.version)
    await present(session, person.id)
    return position


async def close_position(
    session: AsyncSession, position: Position, ended_on: date, successor_id: UUID | None
) -> None:
    """Writes the end on the row, gives the CPTS (locked already) a new version and records the event."""
    touch(await lock_row(session, Cpts, position.cpts_id))
    position.ended_on, position.successor_id = ended_on, successor_id
    await session.flush()
    event = PositionEndedEvent(
        position_id=position.id,
        coordinator_id=position.coordinator_id,
        cpts_id=position.cpts_id,
        ended_on=ended_on,
        successor_id=successor_id,
    )
    record(session, event, sequence=position.version)


async def open_positions(session: AsyncSession, coordinator_id: UUID) -> list[Position]:
    """The posts a person holds now."""
    held = select(Position).where(Position.coordinator_id == coordinator_id, Position.ended_on.is_(None))
    return list((await session.execute(held.order_by(Position.id))).scalars())


async def _locked_position(session: AsyncSession, position_id: UUID) -> Position:
    """The post, locked after its CPTS and before its holder: one order, so that nobody waits in a ring."""
    cpts_id = await session.scalar(select(Position.cpts_id).where(Position.id == position_id))
    if cpts_id is None:
        raise NotFound
    await lock_row(session, Cpts, cpts_id)
    return await lock_row(session, Position, position_id)


async def _holder(session: AsyncSession, caller: Principal, body: PositionStart) -> Coordinator:
    if body.coordinator is not None:
        return await enter_coordinator(session, caller, body.coordinator)
    if body.coordinator_id is None:
        raise ValueError("the body was validated to name a person")
    return await locked_person(session, body.coordinator_id)


async def _require_vacant(session: AsyncSession, cpts_id: UUID, body: PositionStart) -> None:
    """A CPTS has one coordinator, and nobody holds the same post twice. Raises PostHeld.

    The CPTS is locked, so nobody can slip in between; the unique index is there should the lock fail.
    """
    held = select(Position.id).where(
        Position.cpts_id == cpts_id, Position.ended_on.is_(None), Position.title == body.title
    )
    if body.title != COORDINATOR_TITLE:
        held = held.where(Position.coordinator_id == body.coordinator_id)
    if await session.scalar(held.limit(1)):
        raise PostHeld


async def _return(session: AsyncSession, person: Coordinator) -> None:
    """A resource person takes up a post again."""
    person.status, person.left_on = "active", None
    await session.flush()
    record(session, CoordinatorUpdated(**profile_facts(person)), sequence=person.version)
