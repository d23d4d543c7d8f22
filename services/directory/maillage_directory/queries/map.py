"""The map: CPTS as GeoJSON features, under the same filters and the same reach as the lists."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import raiseload

from maillage_directory import placement
from maillage_directory.model import Cpts, Position
from maillage_directory.queries import cpts as cpts_queries
from maillage_directory.queries.cpts import Holders, is_vacant
from maillage_directory.queries.filters import Filters, narrow_cpts
from maillage_directory.reach import Viewer
from maillage_directory.reference import polygons


async def feature_collection(session: AsyncSession, wanted: Filters, looking: Viewer) -> dict[str, Any]:
    """The CPTS that match and can be placed, in alphabetical order."""
    bare = select(Cpts).options(raiseload(Cpts.communes))
    statement = await narrow_cpts(session, bare, wanted, looking)
    rows = (await session.execute(statement.order_by(Cpts.slug, Cpts.id))).scalars().all()
    points = await _points(session)
    ids = [row.id for row in rows]
    holders, left = await cpts_queries.holders_of(session, ids), await cpts_queries.last_ends(session, ids)
    features = [
        {
            "type": "Feature",
            "id": str(row.id),
            "geometry": {"type": "Point", "coordinates": list(points[row.id])},
            "properties": _properties(row, holders, looking)
            | {"vacant_since": _day(left.get(row.id)) if is_vacant(holders.get(row.id, ())) else None},
        }
        for row in rows
        if row.id in points
    ]
    return {"type": "FeatureCollection", "features": features}


async def _points(session: AsyncSession) -> dict[UUID, placement.Point]:
    """Where each CPTS is drawn. Over all of them, so that a filter moves nobody."""
    placed = select(Cpts.slug, Cpts.id, Cpts.lon, Cpts.lat).where(Cpts.lon.is_not(None))
    rows = (await session.execute(placed)).all()
    given = {row.slug: (row.lon, row.lat) for row in rows}
    drawn = placement.spread(given)
    return {
        row.id: drawn[row.slug]
        if drawn[row.slug] == given[row.slug]
        else placement.on_land(drawn[row.slug], polygons())
        for row in rows
    }


def _properties(row: Cpts, holders: Holders, looking: Viewer) -> dict[str, Any]:
    held = holders.get(row.id, ())
    return {
        "id": str(row.id),
        "slug": row.slug,
        "name": row.name,
        "status": row.status,
        "main_commune": {"insee": row.main_commune_insee, "name": row.main_commune_name},
        "departments": row.department_codes,
        "principal_department": row.principal_department,
        "population": row.population,
        "size": row.size,
        "territory_types": row.territory_slugs,
        "challenges": _challenges(row, held, looking),
        "vacant": is_vacant(held),
        "holders": [cpts_queries.holder(post, looking).model_dump(mode="json") for post in held],
    }


def _challenges(row: Cpts, held: Any, looking: Viewer) -> list[str]:
    """What the CPTS declares, then what its holders say they met and let the viewer see."""
    posts: list[Position] = list(held)
    said = [
        one.challenge
        for post in posts
        if looking.may_see(post.coordinator_id, post.coordinator.reach_challenges)
        for one in post.coordinator.challenges
    ]
    return list(dict.fromkeys([*row.challenge_slugs, *said]))


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
