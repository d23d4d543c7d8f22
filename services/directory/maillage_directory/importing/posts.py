"""The post that joins the person of a line to its CPTS: taken up once, never ended by an import."""

from __future__ import annotations

from uuid import UUID

from maillage.auth import Principal
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.importing.lines import Action
from maillage_directory.importing.reasons import refused
from maillage_directory.importing.wanted import Wanted
from maillage_directory.model import Position
from maillage_directory.schemas.coordinator import CoordinatorCreate
from maillage_directory.schemas.position import PositionStart
from maillage_directory.usecases.positions import start_position


async def take_up(
    session: AsyncSession, caller: Principal, cpts_id: UUID, who: UUID | CoordinatorCreate, asked: Wanted
) -> tuple[Position, list[Action]]:
    """Has somebody known or new take up the post. Raises what start_position raises."""
    known = {"coordinator_id": who} if isinstance(who, UUID) else {"coordinator": who}
    body = PositionStart(**known, title=asked.title, started_on=asked.started_on)
    post = await start_position(session, caller, cpts_id, body)
    return post, [{"entity": "position", "action": "create", "fields": sorted(asked.post)}]


async def import_post(
    session: AsyncSession, caller: Principal, cpts_id: UUID, coordinator_id: UUID, asked: Wanted
) -> tuple[Position, list[Action]]:
    """Has her take it up unless she holds it. Raises LineRefused, and what start_position raises.

    A post she has left is not taken up again by an old file: only by one that gives a later date.
    """
    same = select(Position).where(
        Position.cpts_id == cpts_id, Position.coordinator_id == coordinator_id, Position.title == asked.title
    )
    latest = same.order_by(Position.ended_on.is_(None).desc(), Position.started_on.desc()).limit(1)
    held = (await session.scalars(latest, execution_options={"populate_existing": True})).first()
    if held is not None and held.is_open:
        if asked.started_on not in (None, held.started_on):
            raise refused("post-since", "started_on", since=held.started_on.strftime("%d/%m/%Y"))
        return held, []
    if held is not None and held.ended_on and (asked.started_on is None or asked.started_on < held.ended_on):
        raise refused("post-over", "started_on", ended=held.ended_on.strftime("%d/%m/%Y"))
    return await take_up(session, caller, cpts_id, coordinator_id, asked)
