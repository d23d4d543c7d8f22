"""The map: CPTS as GeoJSON features, under the same filters and the same reach as the lists.

A map is read whole, so it is read as plain columns, one sweep per table: objects for a thousand CPTS and all
that hangs on them would cost ten times as much.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from maillage_directory import placement
from maillage_directory.model import (
    Coordinator,
    CoordinatorChallenge,
    Cpts,
    CptsChallenge,
    CptsDepartment,
    CptsTerritoryType,
    Position,
)
from maillage_directory.model.position import COORDINATOR_TITLE
from maillage_directory.queries.cpts import last_ends
from maillage_directory.queries.filters import Filters, narrow_cpts
from maillage_directory.queries.versions import sums
from maillage_directory.reach import FIELDS, Viewer
from maillage_directory.reference import polygons

FEW = 200
"""Up to so many rows are asked for by id; beyond, a sweep over the table costs less than their list."""
PART = 2000
FACTS = (
    Cpts.id,
    Cpts.slug,
    Cpts.name,
    Cpts.status,
    Cpts.main_commune_insee,
    Cpts.main_commune_name,
    Cpts.principal_department,
    Cpts.population,
    Cpts.size,
)
Held = Sequence[Row[Any]]
Fingerprint = tuple[Any, ...]
Words = dict[UUID, list[str]]


@dataclass(frozen=True)
class Sweeps:
    """What was read for a map: rows, and by the id of a CPTS (`said`: of a person) what hangs on them."""

    placed: Sequence[Row[Any, Any, Any, Any]]
    found: Held
    held: dict[UUID, list[Row[Any]]]
    said: Words
    departments: Words
    types: Words
    declared: Words
    left: dict[UUID, date]


async def feature_collection(session: AsyncSession, wanted: Filters, looking: Viewer) -> dict[str, Any]:
    """The CPTS that match, in alphabetical order; those without a place are in the member `unplaced`."""
    statement: Any = select(*FACTS)
    statement = await narrow_cpts(session, statement, wanted, looking)
    found = (await session.execute(statement.order_by(Cpts.slug, Cpts.id))).all()
    ids = [row.id for row in found]
    held = await _held(session, ids)
    types = CptsTerritoryType
    sweeps = Sweeps(
        await _placed(session),
        found,
        held,
        await _said(session, [post.coordinator_id for posts in held.values() for post in posts]),
        await _hung(session, CptsDepartment.cpts_id, CptsDepartment.code, CptsDepartment.code, ids),
        await _hung(session, types.cpts_id, types.territory_type, types.rank, ids),
        await _hung(session, CptsChallenge.cpts_id, CptsChallenge.challenge, CptsChallenge.rank, ids),
        await last_ends(session, [key for key in ids if _is_vacant(held[key])]),
    )
    return await asyncio.to_thread(_assembled, sweeps, looking)


def _assembled(seen: Sweeps, looking: Viewer) -> dict[str, Any]:
    """The collection. Arithmetic over every row: not for the loop that answers everybody."""
    points = _points(seen.placed)
    features, unplaced = [], []
    for row in seen.found:
        held = seen.held[row.id]
        facts = _properties(row, seen.departments[row.id], seen.types[row.id], held, looking)
        facts["challenges"] = _challenges(seen.declared[row.id], held, seen.said, looking)
        facts["vacant_since"] = _day(seen.left.get(row.id))
        if row.id in points:
            place = {"type": "Point", "coordinates": list(points[row.id])}
            features.append({"type": "Feature", "id": facts["id"], "geometry": place, "properties": facts})
        else:
            unplaced.append(facts)
    return {"type": "FeatureCollection", "features": features, "unplaced": unplaced}


def _properties(
    row: Row[Any], departments: list[str], types: list[str], held: Held, looking: Viewer
) -> dict[str, Any]:
    home = row.principal_department
    return {
        "id": str(row.id),
        "slug": row.slug,
        "name": row.name,
        "status": row.status,
        "main_commune": {"insee": row.main_commune_insee, "name": row.main_commune_name},
        "departments": sorted(departments, key=lambda code: (code != home, code)),
        "principal_department": home,
        "population": row.population,
        "size": row.size,
        "territory_types": types,
        "vacant": _is_vacant(held),
        "holders": [_holder(post, looking) for post in held],
    }


async def fingerprint(session: AsyncSession, looking: Viewer) -> Fingerprint:
    """What the map depends on besides its filters: two equal ones mean the same map.

    A viewer counts by her circle, and by herself only when she hides something from it that she can see.
    """
    hides = select(Coordinator.id).where(
        Coordinator.id == looking.id,
        or_(*(getattr(Coordinator, f"reach_{field}").not_in(sorted(looking.reaches)) for field in FIELDS)),
    )
    found = (await session.execute(select(*sums(), hides.exists()))).one()
    own = looking.id if found[-1] and not looking.sees_all else None
    return (*found[:-1], looking.reaches, looking.sees_all, own)


async def _placed(session: AsyncSession) -> Sequence[Row[str, UUID, float | None, float | None]]:
    """Where each CPTS is, over all of them, so that a filter moves nobody."""
    placed = select(Cpts.slug, Cpts.id, Cpts.lon, Cpts.lat).where(Cpts.lon.is_not(None))
    return (await session.execute(placed)).all()


def _points(rows: Sequence[Row[Any, Any, Any, Any]]) -> dict[UUID, placement.Point]:
    """Where each of them is drawn."""
    given = {row.slug: (row.lon, row.lat) for row in rows}
    drawn = placement.spread(given)
    return {
        row.id: drawn[row.slug] if drawn[row.slug] == given[row.slug] else _on_land(drawn[row.slug])
        for row in rows
    }


@lru_cache(maxsize=4096)
def _on_land(point: placement.Point) -> placement.Point:
    return placement.on_land(point, polygons())


async def _held(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The open posts of these CPTS, the coordinator's first, with what may be shown of who holds them."""
    posts = (
        select(
            Position.cpts_id,
            Position.id,
            Position.coordinator_id,
            Position.title,
            Position.started_on,
            Coordinator.first_name,
            Coordinator.last_name,
            Coordinator.reach_name,
            Coordinator.reach_challenges,
        )
        .join(Coordinator, Coordinator.id == Position.coordinator_id)
        .where(Position.ended_on.is_(None))
        .order_by(Position.title != COORDINATOR_TITLE, Position.started_on, Position.id)
    )
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    async for post in _rows(session, _of(posts, Position.cpts_id, ids)):
        found[post.cpts_id].append(post)
    return found


async def _said(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, list[str]]:
    """What these people say they met, in their own order."""
    table = CoordinatorChallenge
    return await _hung(session, table.coordinator_id, table.challenge, table.rank, people)


async def _hung(
    session: AsyncSession,
    owner: InstrumentedAttribute[UUID],
    word: InstrumentedAttribute[str],
    order: InstrumentedAttribute[Any],
    ids: Collection[UUID],
) -> dict[UUID, list[str]]:
    """The words that hang on each of these owners, in their order."""
    found: dict[UUID, list[str]] = defaultdict(list)
    async for row in _rows(session, _of(select(owner, word).order_by(order), owner, ids)):
        found[row[0]].append(row[1])
    return found


async def _rows(session: AsyncSession, statement: Any) -> AsyncIterator[Any]:
    """The rows of a long answer, a part at a time: others are answered in between."""
    async for part in (await session.stream(statement)).partitions(PART):
        for row in part:
            yield row


def _of(statement: Any, owner: InstrumentedAttribute[UUID], ids: Collection[UUID]) -> Any:
    return statement.where(owner.in_(ids)) if len(ids) <= FEW else statement


def _challenges(declared: list[str], held: Held, said: dict[UUID, list[str]], looking: Viewer) -> list[str]:
    """What the CPTS declares, then what its holders say they met and let the viewer see."""
    heard = [
        challenge
        for post in held
        if looking.may_see(post.coordinator_id, post.reach_challenges)
        for challenge in said.get(post.coordinator_id, ())
    ]
    return list(dict.fromkeys([*declared, *heard]))


def _holder(post: Row[Any], looking: Viewer) -> dict[str, Any]:
    """Who holds a post, by name if that is open to the viewer; as `cpts.holder` shows it."""
    named = looking.may_see(post.coordinator_id, post.reach_name)
    return {
        "coordinator_id": str(post.coordinator_id),
        "first_name": post.first_name if named else None,
        "last_name": post.last_name if named else None,
        "position_id": str(post.id),
        "title": post.title,
        "since": post.started_on.isoformat(),
    }


def _is_vacant(held: Held) -> bool:
    return all(post.title != COORDINATOR_TITLE for post in held)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
