"""People of other regions, each as far as she is open to who is asking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from maillage.errors import NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from maillage_directory import placement
from maillage_directory.model import Neighbour
from maillage_directory.model.neighbour import SHOWN
from maillage_directory.queries.filters import Filters
from maillage_directory.reach import CARD_FIELDS, Viewer
from maillage_directory.reference import vocabulary
from maillage_directory.schemas.neighbours import NeighbourOut
from maillage_directory.text import sought

Clause = ColumnElement[bool]


async def list_neighbours(
    session: AsyncSession, wanted: Filters, region: str | None, looking: Viewer, paging: Paging
) -> tuple[list[NeighbourOut], str | None]:
    """One page of those who share anything with the viewer; with `updated_since` also who shares no more.

    In alphabetical order for who may read names shared with other regions; else in the order of the ids.
    """
    statement = narrow(select(Neighbour), wanted, region, looking)
    if paging.updated_since is not None:
        statement = select(Neighbour).where(or_(_anything_readable(looking), Neighbour.status != SHOWN))
    key = (Neighbour.search_name, Neighbour.id) if "national" in looking.reaches else None
    rows, cursor = await paginate(session, statement, paging, key=key)
    return [view(row, looking) for row in rows], cursor


async def one_neighbour(session: AsyncSession, neighbour_id: UUID, looking: Viewer) -> NeighbourOut:
    """A person of another region. Raises NotFound, also when she shares nothing with the viewer."""
    statement = select(Neighbour).where(Neighbour.id == neighbour_id, _anything_readable(looking))
    row = await session.scalar(statement)
    if row is None:
        raise NotFound
    return view(row, looking)


async def members(session: AsyncSession, challenge: str, looking: Viewer) -> list[NeighbourOut]:
    """Those who share a challenge, in alphabetical order."""
    statement = narrow(select(Neighbour), Filters(challenge=challenge), None, looking)
    rows = await session.scalars(statement.order_by(Neighbour.search_name, Neighbour.id))
    return [view(row, looking) for row in rows]


async def count_by_challenge(session: AsyncSession, looking: Viewer) -> dict[str, int]:
    """How many people of other regions share each challenge, of those who say so to the viewer."""
    rows = await session.scalars(select(Neighbour.challenge_slugs).where(_readable("challenges", looking)))
    counts: dict[str, int] = {}
    for slugs in rows:
        for slug in set(slugs):
            counts[slug] = counts.get(slug, 0) + 1
    return counts


async def count_by_region(session: AsyncSession, looking: Viewer) -> dict[str, int]:
    """How many people each other region shares with the viewer."""
    statement = select(Neighbour.region, func.count()).where(_anything_readable(looking))
    rows = (await session.execute(statement.group_by(Neighbour.region))).all()
    return {row[0]: row[1] for row in rows}


async def linked(session: AsyncSession, peers: Iterable[str], looking: Viewer) -> tuple[str, ...]:
    """The codes of the regions linked to ours: the `peers` that were named, and those that showed people."""
    return tuple(sorted({*peers, *await count_by_region(session, looking)}))


async def feature_collection(
    session: AsyncSession, wanted: Filters, region: str | None, looking: Viewer
) -> dict[str, Any]:
    """Those who can be placed, at the CPTS of their latest post; who has none is in the list alone."""
    statement = narrow(select(Neighbour), wanted, region, looking).order_by(Neighbour.id)
    people = [view(row, looking) for row in await session.scalars(statement)]
    points = {
        str(one.id): (post["lon"], post["lat"])
        for one in people
        for post in one.posts[:1]
        if post.get("lon") is not None and post.get("lat") is not None
    }
    drawn = placement.spread(points)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": str(one.id),
                "geometry": {"type": "Point", "coordinates": list(drawn[str(one.id)])},
                "properties": one.model_dump(mode="json"),
            }
            for one in people
            if str(one.id) in drawn
        ],
    }


def narrow(statement: Select[Any], wanted: Filters, region: str | None, looking: Viewer) -> Select[Any]:
    """Those who match, as far as the fields searched are open to the viewer."""
    clauses: list[Clause] = [_anything_readable(looking)]
    clauses += [_word(word, looking) for word in sought(wanted.q)]
    if region is not None:
        clauses.append(Neighbour.region == region)
    if wanted.challenge is not None:
        clauses.append(_holds("challenges", Neighbour.challenge_slugs, [wanted.challenge], looking))
    if wanted.skill is not None:
        clauses.append(_holds("skills", Neighbour.skill_slugs, [wanted.skill], looking))
    return statement.where(*clauses)


def view(row: Neighbour, looking: Viewer) -> NeighbourOut:
    """Her card as far as it is open to the viewer."""
    reach = {"name": row.reach_name, "challenges": row.reach_challenges, "skills": row.reach_skills}
    shown = [field for field in CARD_FIELDS if reach[field] in looking.reaches]
    return NeighbourOut(
        id=row.id,
        region=row.region,
        status=row.status,
        first_name=row.first_name if "name" in shown else None,
        last_name=row.last_name if "name" in shown else None,
        challenges=row.challenges if "challenges" in shown else [],
        skills=row.skills if "skills" in shown else [],
        posts=row.posts if row.status == SHOWN else [],
        shared_fields=shown,
        updated_at=row.updated_at,
    )


def _readable(field: str, looking: Viewer) -> Clause:
    column: InstrumentedAttribute[str | None] = getattr(Neighbour, f"reach_{field}")
    return and_(Neighbour.status == SHOWN, column.in_(sorted(looking.reaches)))


def _anything_readable(looking: Viewer) -> Clause:
    return or_(*(_readable(field, looking) for field in CARD_FIELDS))


def _holds(field: str, column: InstrumentedAttribute[list[str]], slugs: list[str], looking: Viewer) -> Clause:
    """Those with one of these words in a list that is open to the viewer."""
    found = [cast(column, String).contains(f'"{slug}"', autoescape=True) for slug in slugs]
    return and_(_readable(field, looking), or_(*found)) if found else Neighbour.id.is_(None)


def _word(word: str, looking: Viewer) -> Clause:
    """A word of the search box: in her name, what she met or can do, or where she works."""
    terms = vocabulary()
    return or_(
        and_(_readable("name", looking), Neighbour.search_name.contains(f" {word}")),
        _holds("challenges", Neighbour.challenge_slugs, terms.matching("challenges", word), looking),
        _holds("skills", Neighbour.skill_slugs, terms.matching("skills", word), looking),
        Neighbour.search_places.contains(f" {word}"),
    )
