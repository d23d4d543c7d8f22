"""CPTS with who holds their posts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from maillage.errors import NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, raiseload

from maillage_directory.model import (
    Coordinator,
    Cpts,
    CptsChallenge,
    CptsCommune,
    CptsDepartment,
    CptsTerritoryType,
    Position,
)
from maillage_directory.model.position import COORDINATOR_TITLE
from maillage_directory.queries.filters import Filters, narrow_cpts
from maillage_directory.reach import Viewer
from maillage_directory.schemas.cpts import CommuneOut, CptsOut, Holder, Location, MainCommuneOut

BARE = tuple(
    raiseload(part) for part in (Cpts.communes, Cpts.departments, Cpts.challenges, Cpts.territory_types)
)
"""A CPTS without what hangs on it: a page has hundreds of communes, dear as objects and cheap as rows."""
Hung = dict[UUID, list[Any]]


@dataclass(frozen=True)
class Parts:
    """What hangs on some CPTS, by their ids."""

    communes: Hung
    departments: Hung
    challenges: Hung
    types: Hung
    held: Hung
    left: Mapping[UUID, date]


async def list_cpts(
    session: AsyncSession, wanted: Filters, looking: Viewer, paging: Paging
) -> tuple[list[CptsOut], str | None]:
    """One page of CPTS in alphabetical order; with `updated_since` also the closed ones."""
    everything = paging.updated_since is not None
    chosen = select(Cpts).options(*BARE)
    statement = await narrow_cpts(session, chosen, wanted, looking, closed=everything)
    rows, cursor = await paginate(session, statement, paging, key=(Cpts.slug, Cpts.id))
    return await views(session, rows, looking), cursor


async def one_cpts(session: AsyncSession, cpts_id: UUID, looking: Viewer) -> CptsOut:
    """A CPTS. Raises NotFound."""
    row = await session.get(Cpts, cpts_id, options=BARE)
    if row is None:
        raise NotFound
    return (await views(session, [row], looking))[0]


async def views(session: AsyncSession, rows: Sequence[Cpts], looking: Viewer) -> list[CptsOut]:
    """CPTS as they are shown, with one query for each table that hangs on them."""
    ids = [row.id for row in rows]
    towns, codes, met, types = CptsCommune, CptsDepartment, CptsChallenge, CptsTerritoryType
    parts = Parts(
        await _hung(session, ids, towns.cpts_id, towns.insee, towns.name, towns.shared, order=towns.insee),
        await _hung(session, ids, codes.cpts_id, codes.code, order=codes.code),
        await _hung(session, ids, met.cpts_id, met.challenge, order=met.rank),
        await _hung(session, ids, types.cpts_id, types.territory_type, order=types.rank),
        await holders_of(session, ids),
        await last_ends(session, ids),
    )
    return [view(row, parts, looking) for row in rows]


async def _hung(
    session: AsyncSession, ids: Sequence[UUID], owner: InstrumentedAttribute[UUID], *columns: Any, order: Any
) -> Hung:
    """These columns of the rows that hang on the CPTS; one column alone as its values."""
    found: Hung = defaultdict(list)
    for key, *values in await session.execute(select(owner, *columns).where(owner.in_(ids)).order_by(order)):
        found[key].append(values if len(columns) > 1 else values[0])
    return found


def view(row: Cpts, parts: Parts, looking: Viewer) -> CptsOut:
    """A CPTS as it is shown."""
    held = parts.held[row.id]
    vacant, home = is_vacant(held), row.principal_department
    return CptsOut(
        id=row.id,
        slug=row.slug,
        name=row.name,
        aliases=row.aliases,
        status=row.status,
        communes=[
            CommuneOut(insee=insee, name=name, shared=shared)
            for insee, name, shared in parts.communes[row.id]
        ],
        main_commune=MainCommuneOut(insee=row.main_commune_insee, name=row.main_commune_name),
        departments=sorted(parts.departments[row.id], key=lambda code: (code != home, code)),
        principal_department=home,
        population=row.population,
        size=row.size,
        challenges=parts.challenges[row.id],
        territory_types=parts.types[row.id],
        lat=row.lat,
        lon=row.lon,
        location=None if row.lat is None or row.lon is None else Location(lat=row.lat, lon=row.lon),
        vacant=vacant,
        vacant_since=parts.left.get(row.id) if vacant else None,
        holders=[holder(post, looking) for post in held],
        closed_on=row.closed_on,
        merged_into=row.merged_into,
        version=row.version,
        updated_at=row.updated_at,
    )


def holder(post: Any, looking: Viewer) -> Holder:
    """Who holds a post, by name if that is open to the viewer."""
    named = looking.may_see(post.coordinator_id, post.reach_name)
    return Holder(
        coordinator_id=post.coordinator_id,
        first_name=post.first_name if named else None,
        last_name=post.last_name if named else None,
        position_id=post.id,
        title=post.title,
        since=post.started_on,
    )


def is_vacant(held: Sequence[Any]) -> bool:
    """Whether none of the open posts is the coordinator's."""
    return all(post.title != COORDINATOR_TITLE for post in held)


async def holders_of(session: AsyncSession, ids: Sequence[UUID]) -> Hung:
    """The open posts of these CPTS, the coordinator's first, with what may be shown of who holds them."""
    person = (Coordinator.first_name, Coordinator.last_name, Coordinator.reach_name)
    post = (Position.cpts_id, Position.id, Position.coordinator_id, Position.title, Position.started_on)
    held = (
        select(*post, *person)
        .join(Coordinator, Coordinator.id == Position.coordinator_id)
        .where(Position.cpts_id.in_(ids), Position.ended_on.is_(None))
        .order_by(Position.title != COORDINATOR_TITLE, Position.started_on, Position.id)
    )
    found: Hung = defaultdict(list)
    for row in await session.execute(held):
        found[row.cpts_id].append(row)
    return found


async def last_ends(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, date]:
    """The last day of the latest coordinator of these CPTS, where there was one."""
    ends = (
        select(Position.cpts_id, func.max(Position.ended_on))
        .where(Position.cpts_id.in_(ids), Position.title == COORDINATOR_TITLE, Position.ended_on.is_not(None))
        .group_by(Position.cpts_id)
    )
    return {row[0]: row[1] for row in (await session.execute(ends)).all() if row[1] is not None}
