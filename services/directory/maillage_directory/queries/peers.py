"""Who is in a similar situation."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from maillage import clock
from maillage.errors import NotFound
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.base import ExecutableOption

from maillage_directory.errors import PersonErased
from maillage_directory.model import Coordinator, Cpts
from maillage_directory.model.coordinator import ERASED
from maillage_directory.queries import cpts as cpts_queries
from maillage_directory.queries.people import BARE, profiles
from maillage_directory.queries.situations import Told, ToldByAll, situations
from maillage_directory.reach import Viewer
from maillage_directory.reference import vocabulary
from maillage_directory.schemas.groups import Peer, PeerList, Reason
from maillage_directory.similarity import Comparison, Finding, compare

Row = TypeVar("Row", Coordinator, Cpts)

MOST = 10
Near = tuple[Comparison, UUID, UUID]
"""How similar who is, and the CPTS of her post."""


async def peers(
    session: AsyncSession,
    all_told: ToldByAll,
    coordinator_id: UUID,
    looking: Viewer,
    language: str,
    limit: int = MOST,
) -> PeerList:
    """At most `limit` coordinators in post, the most similar first, each with the reasons for and against.

    Only what is open to the viewer counts, so that no reason gives away what is hidden. Raises NotFound,
    PersonErased.
    """
    status = await session.scalar(select(Coordinator.status).where(Coordinator.id == coordinator_id))
    if status is None:
        raise NotFound
    question = (coordinator_id, looking, clock.today())
    found = await all_told.find(session, question, lambda told: _nearest(told, coordinator_id, looking))
    if status == ERASED or found is None:  # or erased since she was read
        raise PersonErased
    best = found[:limit]
    people = await _by_id(session, Coordinator, [other for _, other, _ in best], *BARE)
    named = await profiles(session, [people[other] for _, other, _ in best], looking)
    places = await _by_id(session, Cpts, [there for _, _, there in best], *cpts_queries.BARE)
    shown = await cpts_queries.views(session, [places[there] for _, _, there in best], looking)
    items = [
        Peer(
            coordinator=her,
            cpts=view,
            distance_km=comparison.distance_km,
            score=comparison.score,
            reasons=[_reason(one, language) for one in comparison.reasons],
            against=[_reason(one, language) for one in comparison.against],
        )
        for (comparison, _, _), her, view in zip(best, named, shown, strict=True)
    ]
    return PeerList(items=items)


def _nearest(all_told: list[Told], own: UUID, looking: Viewer) -> list[Near] | None:
    """The most similar, at most ten, as far as the viewer may know; None when `own` is not among all."""
    others = situations(all_told, own, looking)
    if own not in others:
        return None
    here, mine = others.pop(own)
    found = []
    for other, (there, theirs) in others.items():
        if there is None or there == here:
            continue
        comparison = compare(mine, theirs)
        if comparison.reasons and comparison.score > 0:
            found.append((comparison, other, there))
    return sorted(found, key=lambda one: (-one[0].score, one[1]))[:MOST]


async def _by_id(
    session: AsyncSession, table: type[Row], ids: list[UUID], *options: ExecutableOption
) -> dict[UUID, Row]:
    found = select(table).where(table.id.in_(ids)).options(*options)
    return {row.id: row for row in await session.scalars(found)}


def _reason(finding: Finding, language: str) -> Reason:
    labels = (
        [vocabulary().label(finding.kind, slug, language) for slug in finding.terms] if finding.kind else []
    )
    words = {"terms": ", ".join(labels), **finding.numbers}
    return Reason(code=finding.code, text=finding.text(language).format(**words), weight=finding.weight)
