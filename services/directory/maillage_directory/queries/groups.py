"""People and territories grouped by the challenges they share."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from maillage.errors import NotFound
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.model import Coordinator, CoordinatorChallenge, Cpts, CptsChallenge
from maillage_directory.model.coordinator import ERASED
from maillage_directory.model.cpts import CLOSED_STATUSES
from maillage_directory.queries import cpts as cpts_queries
from maillage_directory.queries import neighbours as neighbour_queries
from maillage_directory.queries.filters import challenge_clause
from maillage_directory.queries.people import profile
from maillage_directory.reach import Viewer, readable
from maillage_directory.reference import vocabulary
from maillage_directory.schemas.groups import Group, GroupSummary


async def list_groups(session: AsyncSession, looking: Viewer, language: str) -> list[GroupSummary]:
    """Every challenge with how many people and CPTS share it, counting those open to the viewer."""
    people = await _count(
        session,
        select(CoordinatorChallenge.challenge, func.count())
        .join(Coordinator, Coordinator.id == CoordinatorChallenge.coordinator_id)
        .where(Coordinator.status != ERASED, readable("challenges", looking))
        .group_by(CoordinatorChallenge.challenge),
    )
    territories = await _count(
        session,
        select(CptsChallenge.challenge, func.count())
        .join(Cpts, Cpts.id == CptsChallenge.cpts_id)
        .where(Cpts.status.not_in(sorted(CLOSED_STATUSES)))
        .group_by(CptsChallenge.challenge),
    )
    abroad = await neighbour_queries.count_by_challenge(session, looking)
    return [
        GroupSummary(
            challenge=term.slug,
            label=term.label(language),
            coordinators=people[term.slug],
            cpts=territories[term.slug],
            neighbours=abroad.get(term.slug, 0),
        )
        for term in vocabulary().challenges
    ]


async def one_group(session: AsyncSession, challenge: str, looking: Viewer, language: str) -> Group:
    """Who shares a challenge: those who can help first. Raises NotFound for a word of no vocabulary."""
    term = vocabulary().term("challenges", challenge)
    if term is None:
        raise NotFound
    members = select(Coordinator).where(
        Coordinator.status != ERASED, challenge_clause(challenge, None, looking)
    )
    people = (await session.execute(members.order_by(Coordinator.id))).scalars().all()
    declaring = (
        select(Cpts)
        .options(*cpts_queries.BARE)
        .join(CptsChallenge, CptsChallenge.cpts_id == Cpts.id)
        .where(CptsChallenge.challenge == challenge, Cpts.status.not_in(sorted(CLOSED_STATUSES)))
        .order_by(Cpts.slug)
    )
    territories = (await session.execute(declaring)).scalars().all()
    shown = [profile(one, looking) for one in people]
    shown.sort(key=lambda one: (_usefulness(one.challenges, challenge), one.last_name or "~"))
    return Group(
        challenge=term.slug,
        label=term.label(language),
        definition=term.definition,
        coordinators=shown,
        cpts=await cpts_queries.views(session, territories, looking),
        neighbours=await neighbour_queries.members(session, challenge, looking),
    )


def _usefulness(met: list[Any], challenge: str) -> int:
    stances = {one.challenge: one.stance for one in met}
    return {"can_help": 0, "solved": 1}.get(stances.get(challenge, ""), 2)


async def _count(session: AsyncSession, statement: Select[str, int]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for challenge, number in (await session.execute(statement)).all():
        counts[challenge] = number
    return counts
