"""CPTS with who holds their posts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from maillage.errors import NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import raiseload, selectinload

from maillage_directory.model import Coordinator, Cpts, Position
from maillage_directory.model.position import COORDINATOR_TITLE
from maillage_directory.queries.filters import Filters, narrow_cpts
from maillage_directory.queries.people import short
from maillage_directory.reach import Viewer
from maillage_directory.schemas.cpts import CommuneOut, CptsOut, Holder, Location, MainCommuneOut

Holders = Mapping[UUID, Sequence[Position]]


async def list_cpts(
    session: AsyncSession, wanted: Filters, looking: Viewer, paging: Paging
) -> tuple[list[CptsOut], str | None]:
    """One page of CPTS in alphabetical order; with `updated_since` also the closed ones."""
    everything = paging.updated_since is not None
    statement = await narrow_cpts(session, select(Cpts), wanted, looking, closed=everything)
    rows, cursor = await paginate(session, statement, paging, key=(Cpts.slug, Cpts.id))
    return await views(session, rows, looking), cursor


async def one_cpts(session: AsyncSession, cpts_id: UUID, looking: Viewer) -> CptsOut:
    """A CPTS. Raises NotFound."""
    row = await session.get(Cpts, cpts_id)
    if row is None:
        raise NotFound
    return (await views(session, [row], looking))[0]


async def views(session: AsyncSession, rows: Sequence[Cpts], looking: Viewer) -> list[CptsOut]:
    """CPTS as they are shown, with three queries for all of them."""
    ids = [row.id for row in rows]
    holders, left = await holders_of(session, ids), await last_ends(session, ids)
    return [view(row, holders.get(row.id, ()), left.get(row.id), looking) for row in rows]


def view(row: Cpts, held: Sequence[Position], left: date | None, looking: Viewer) -> CptsOut:
    """A CPTS as it is shown; `held` are its open posts, `left` the last day of its last coordinator."""
    vacant = is_vacant(held)
    return CptsOut(
        id=row.id,
        slug=row.slug,
        name=row.name,
        aliases=row.aliases,
        status=row.status,
        communes=[CommuneOut(insee=one.insee, name=one.name, shared=one.shared) for one in row.communes],
        main_commune=MainCommuneOut(insee=row.main_commune_insee, name=row.main_commune_name),
        departments=row.department_codes,
        principal_department=row.principal_department,
        population=row.population,
        size=row.size,
        challenges=row.challenge_slugs,
        territory_types=row.territory_slugs,
        lat=row.lat,
        lon=row.lon,
        location=None if row.lat is None or row.lon is None else Location(lat=row.lat, lon=row.lon),
        vacant=vacant,
        vacant_since=left if vacant else None,
        holders=[holder(post, looking) for post in held],
        closed_on=row.closed_on,
        merged_into=row.merged_into,
        version=row.version,
        updated_at=row.updated_at,
    )


def holder(post: Position, looking: Viewer) -> Holder:
    """Who holds a post, by name if that is open to the viewer."""
    person = short(post.coordinator, looking)
    return Holder(
        coordinator_id=person.id,
        first_name=person.first_name,
        last_name=person.last_name,
        position_id=post.id,
        title=post.title,
        since=post.started_on,
    )


def is_vacant(held: Sequence[Position]) -> bool:
    """Whether none of the open posts is the coordinator's."""
    return all(post.title != COORDINATOR_TITLE for post in held)


async def holders_of(session: AsyncSession, ids: Sequence[UUID]) -> Holders:
    """The open posts of these CPTS, the coordinator's first."""
    held = (
        select(Position)
        .where(Position.cpts_id.in_(ids), Position.ended_on.is_(None))
        .options(
            selectinload(Position.coordinator).options(
                raiseload(Coordinator.account),
                raiseload(Coordinator.skills),
                raiseload(Coordinator.positions),
            )
        )
        .order_by(Position.title != COORDINATOR_TITLE, Position.started_on, Position.id)
    )
    found: dict[UUID, list[Position]] = defaultdict(list)
    for post in (await session.execute(held)).scalars():
        found[post.cpts_id].append(post)
    return found


async def last_ends(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, date]:
    """The last day of the latest coordinator of these CPTS, where there was one."""
    ends = (
        select(Position.cpts_id, func.max(Position.ended_on))
        .where(Position.cpts_id.in_(ids), Position.title == COORDINATOR_TITLE, Position.ended_on.is_not(None))
        .group_by(Position.cpts_id)
    )
    return {row[0]: row[1] for row in (await session.execute(ends)).all() if row[1] is not None}
