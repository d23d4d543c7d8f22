"""Who is in a similar situation."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.errors import PersonErased
from maillage_directory.model import Coordinator, Cpts, Position
from maillage_directory.model.coordinator import ACTIVE
from maillage_directory.queries import cpts as cpts_queries
from maillage_directory.queries.coordinators import person as read_person
from maillage_directory.queries.people import profile
from maillage_directory.reach import Viewer, readable
from maillage_directory.reference import vocabulary
from maillage_directory.schemas.groups import Peer, PeerList, Reason
from maillage_directory.similarity import Finding, Situation, compare

MOST = 10


async def peers(session: AsyncSession, coordinator_id: UUID, looking: Viewer, language: str) -> PeerList:
    """At most ten coordinators in post, the most similar first, each with the reasons for and against.

    Only what is open to the viewer counts, so that no reason gives away what is hidden. Raises NotFound,
    PersonErased.
    """
    own = await read_person(session, coordinator_id)
    if own.is_erased:
        raise PersonErased
    rows = await _in_post(session, looking)
    territories = {row.id: row for row in (await session.execute(select(Cpts))).scalars()}
    post_of_hers = _post(own)
    here = territories.get(post_of_hers.cpts_id) if post_of_hers else None
    mine = situation(own, here, looking)
    found = []
    for other in rows:
        post = _post(other)
        if other.id == own.id or post is None or (here is not None and post.cpts_id == here.id):
            continue
        there = territories[post.cpts_id]
        comparison = compare(mine, situation(other, there, looking))
        if comparison.reasons and comparison.score > 0:
            found.append((comparison, other, there))
    found.sort(key=lambda one: (-one[0].score, one[1].id))
    best = found[:MOST]
    shown = await cpts_queries.views(session, [there for _, _, there in best], looking)
    items = [
        Peer(
            coordinator=profile(other, looking),
            cpts=view,
            distance_km=comparison.distance_km,
            score=comparison.score,
            reasons=[_reason(one, language) for one in comparison.reasons],
            against=[_reason(one, language) for one in comparison.against],
        )
        for (comparison, other, _), view in zip(best, shown, strict=True)
    ]
    return PeerList(items=items)


def situation(person: Coordinator, cpts: Cpts | None, looking: Viewer) -> Situation:
    """What of a coordinator and her CPTS may be compared before the viewer's eyes."""
    challenges = person.challenges if looking.may_see(person.id, person.reach_challenges) else []
    skills = person.skills if looking.may_see(person.id, person.reach_skills) else []
    post = _post(person)
    return Situation(
        challenges={one.challenge: one.stance for one in challenges},
        offers=frozenset(one.skill for one in skills if one.stance == "offers"),
        seeks=frozenset(one.skill for one in skills if one.stance == "seeks"),
        territory_types=tuple(cpts.territory_slugs) if cpts else (),
        departments=frozenset(cpts.department_codes) if cpts else frozenset(),
        size=cpts.size if cpts else None,
        point=(cpts.lon, cpts.lat) if cpts and cpts.lon is not None and cpts.lat is not None else None,
        started_on=post.started_on if post else None,
    )


async def _in_post(session: AsyncSession, looking: Viewer) -> list[Coordinator]:
    holding = select(Position.coordinator_id).where(Position.ended_on.is_(None))
    wanted = select(Coordinator).where(
        Coordinator.status == ACTIVE, Coordinator.id.in_(holding), readable("name", looking)
    )
    return list((await session.execute(wanted)).scalars())


def _post(person: Coordinator) -> Position | None:
    return next((post for post in person.positions if post.is_open), None)


def _reason(finding: Finding, language: str) -> Reason:
    labels = (
        [vocabulary().label(finding.kind, slug, language) for slug in finding.terms] if finding.kind else []
    )
    words = {"terms": ", ".join(labels), **finding.numbers}
    return Reason(code=finding.code, text=finding.text(language).format(**words), weight=finding.weight)
