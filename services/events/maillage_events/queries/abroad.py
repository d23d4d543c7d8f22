"""Reads of other regions' seminars and of the seats our coordinators asked for there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from maillage.errors import NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.model import GuestRequest, NeighbourSeminar
from maillage_events.model.abroad import OPEN

Visit = tuple[GuestRequest, NeighbourSeminar]


async def list_neighbour_seminars(
    session: AsyncSession, params: Paging, *, region: str | None, upcoming: bool | None, now: datetime
) -> tuple[list[NeighbourSeminar], str | None]:
    """A page of the seminars that are open to us, soonest first; with `updated_since` also those shut."""
    statement = select(NeighbourSeminar).where(NeighbourSeminar.title != "")
    if params.updated_since is None:
        statement = statement.where(NeighbourSeminar.status == OPEN)
    if region is not None:
        statement = statement.where(NeighbourSeminar.region == region)
    if upcoming is not None:
        over = NeighbourSeminar.ends_at < now
        statement = statement.where(~over if upcoming else over)
    key = (NeighbourSeminar.starts_at, NeighbourSeminar.id)
    return await paginate(session, statement, params, key=key, descending=upcoming is False)


async def neighbour_seminar(session: AsyncSession, seminar_id: UUID) -> NeighbourSeminar:
    """One seminar of another region, also one that is shut by now. Raises NotFound."""
    found = await session.get(NeighbourSeminar, seminar_id)
    if found is None or not found.title:
        raise NotFound
    return found


async def visit(session: AsyncSession, guest_id: UUID) -> Visit:
    """One request with its seminar. Raises NotFound, also for one that erasure has left nobody's."""
    row = (await session.execute(_visits().where(GuestRequest.id == guest_id))).one_or_none()
    if row is None or row[0].coordinator_id is None:
        raise NotFound
    return row[0], row[1]


async def visits_of(
    session: AsyncSession, coordinator_id: UUID, params: Paging, *, upcoming: bool | None, now: datetime
) -> tuple[list[Visit], str | None]:
    """A page of what one person asked for in other regions, by the date of the seminar."""
    statement = _visits().where(GuestRequest.coordinator_id == coordinator_id)
    if upcoming is not None:
        over = NeighbourSeminar.ends_at < now
        statement = statement.where(~over if upcoming else over)
    key = (NeighbourSeminar.starts_at, GuestRequest.id)
    rows, cursor = await paginate(session, statement, params, key=key)
    return [(row[0], row[1]) for row in rows], cursor


def _visits() -> Select[GuestRequest, NeighbourSeminar]:
    return select(GuestRequest, NeighbourSeminar).join(
        NeighbourSeminar, NeighbourSeminar.id == GuestRequest.seminar_id
    )
