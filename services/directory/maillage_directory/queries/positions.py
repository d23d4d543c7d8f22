"""Posts, held now or in the past."""

from __future__ import annotations

from uuid import UUID

from maillage.errors import NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import raiseload, selectinload

from maillage_directory.model import Coordinator, Cpts, Position
from maillage_directory.queries.people import short
from maillage_directory.reach import Viewer
from maillage_directory.schemas.position import PositionOut

WITH_PERSON = selectinload(Position.coordinator).options(
    raiseload(Coordinator.account),
    raiseload(Coordinator.challenges),
    raiseload(Coordinator.skills),
    raiseload(Coordinator.positions),
)
"""The holder of a post, without what her name alone does not need."""


async def one_position(session: AsyncSession, position_id: UUID, looking: Viewer) -> PositionOut:
    """A post, read afresh. Raises NotFound."""
    wanted = select(Position).where(Position.id == position_id).options(WITH_PERSON)
    row = (await session.execute(wanted, execution_options={"populate_existing": True})).scalar()
    if row is None:
        raise NotFound
    return view(row, looking)


async def history(
    session: AsyncSession, cpts_id: UUID, looking: Viewer, paging: Paging
) -> tuple[list[PositionOut], str | None]:
    """Who held which post at a CPTS, the latest first. Raises NotFound."""
    if await session.get(Cpts, cpts_id) is None:
        raise NotFound
    wanted = select(Position).where(Position.cpts_id == cpts_id).options(WITH_PERSON)
    rows, cursor = await paginate(
        session, wanted, paging, key=(Position.started_on, Position.id), descending=True
    )
    return [view(row, looking) for row in rows], cursor


def view(row: Position, looking: Viewer) -> PositionOut:
    """A post as it is shown."""
    return PositionOut(
        id=row.id,
        cpts_id=row.cpts_id,
        cpts_name=row.cpts_name,
        coordinator_id=row.coordinator_id,
        coordinator=None if row.coordinator.is_erased else short(row.coordinator, looking),
        title=row.title,
        started_on=row.started_on,
        ended_on=row.ended_on,
        successor_id=row.successor_id,
        version=row.version,
    )
