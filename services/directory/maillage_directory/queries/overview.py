"""The first lines of a list of people, and what a page says around them, read together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import ScalarSelect, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.model import Coordinator, CoordinatorChallenge, Position
from maillage_directory.model.coordinator import ERASED
from maillage_directory.queries.coordinators import met_by, summary
from maillage_directory.queries.filters import Filters, narrow_coordinators
from maillage_directory.queries.people import Hung, challenges_of, hang_words, skills_of
from maillage_directory.reach import NAME_FLOOR, Viewer, anything_readable
from maillage_directory.schemas.coordinator import ListedOut, Overview

USEFULNESS = {"can_help": 0, "solved": 1}
"""Towards a challenge, the most useful to others first; who works on it comes after."""


async def overview(
    session: AsyncSession,
    wanted: Filters,
    looking: Viewer,
    limit: int,
    regions: tuple[str, ...],
    map_tag: str | None,
) -> Overview:
    """What is open to the viewer; `regions` and `map_tag` as the caller has found them."""
    counts = await summary(session, wanted, looking)
    shared = counts.challenges
    if wanted.challenge is not None:
        shared = await met_by(session, replace(wanted, challenge=None), looking)
    return Overview(
        total=counts.total,
        cpts_ids=counts.cpts_ids,
        challenges=shared,
        items=await first_lines(session, wanted, looking, limit) if limit else [],
        regions=list(regions),
        map_tag=map_tag,
    )


async def first_lines(session: AsyncSession, wanted: Filters, looking: Viewer, limit: int) -> list[ListedOut]:
    """The first of those who match: of a challenge who can help with it first, then as the list has them."""
    shown = (Coordinator.id, Coordinator.first_name, Coordinator.last_name)
    reaches = (Coordinator.reach_name, Coordinator.reach_challenges, Coordinator.reach_skills)
    chosen: Any = select(*shown, *reaches).where(Coordinator.status != ERASED, anything_readable(looking))
    chosen = await narrow_coordinators(session, chosen, wanted, looking)
    order: list[Any] = [_usefulness(wanted.challenge)] if wanted.challenge is not None else []
    order += [Coordinator.search_name] if NAME_FLOOR in looking.reaches else []
    people = (await session.execute(chosen.order_by(*order, Coordinator.id).limit(limit))).all()
    found = {person.id: Hung() for person in people}
    await hang_words(session, found)
    held = select(Position.coordinator_id, Position.cpts_id)
    held = held.where(Position.ended_on.is_(None), Position.coordinator_id.in_(list(found)))
    for post in await session.execute(held.order_by(Position.started_on.desc(), Position.id.desc())):
        found[post.coordinator_id].positions.append(post)
    return [_line(one, looking, found[one.id]) for one in people]


def _line(person: Any, looking: Viewer, hung: Hung) -> ListedOut:
    named = looking.may_see(person.id, person.reach_name)
    return ListedOut(
        id=person.id,
        first_name=person.first_name if named else None,
        last_name=person.last_name if named else None,
        challenges=challenges_of(hung) if looking.may_see(person.id, person.reach_challenges) else [],
        skills=skills_of(hung) if looking.may_see(person.id, person.reach_skills) else [],
        cpts_ids=[post.cpts_id for post in hung.positions],
    )


def _usefulness(challenge: str) -> ScalarSelect[int]:
    """Her stance towards the challenge, as a number to sort by."""
    met = CoordinatorChallenge
    rank = case(USEFULNESS, value=met.stance, else_=len(USEFULNESS))
    return (
        select(func.min(rank))
        .where(met.coordinator_id == Coordinator.id, met.challenge == challenge)
        .scalar_subquery()
    )
