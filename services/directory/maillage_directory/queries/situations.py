"""What of each coordinator in post, and of her CPTS, may be compared before the viewer's eyes.

Everybody is compared, so everybody is read, as plain columns and one sweep per table.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.model import (
    Coordinator,
    CoordinatorChallenge,
    CoordinatorSkill,
    Cpts,
    CptsDepartment,
    CptsTerritoryType,
    Position,
)
from maillage_directory.model.coordinator import ACTIVE
from maillage_directory.reach import Viewer, readable
from maillage_directory.similarity import Situation

Situations = dict[UUID, tuple[UUID | None, Situation]]
"""By person: the CPTS of her post, and her situation."""


async def read_situations(session: AsyncSession, own: UUID, looking: Viewer) -> Situations:
    """Those in post whose name is open to the viewer, and the person `own` whatever holds for her."""
    posts: dict[UUID, Any] = {}
    held = select(Position.coordinator_id, Position.cpts_id, Position.started_on)
    latest_first = (Position.started_on.desc(), Position.id.desc())
    for row in await session.execute(held.where(Position.ended_on.is_(None)).order_by(*latest_first)):
        posts.setdefault(row.coordinator_id, row)
    shown = select(Coordinator.id, Coordinator.reach_challenges, Coordinator.reach_skills).where(
        or_((Coordinator.status == ACTIVE) & readable("name", looking), Coordinator.id == own)
    )
    people = [one for one in await session.execute(shown) if one.id in posts or one.id == own]
    challenges = await _grouped(
        session,
        CoordinatorChallenge.coordinator_id,
        CoordinatorChallenge.challenge,
        CoordinatorChallenge.stance,
    )
    skills = await _grouped(
        session, CoordinatorSkill.coordinator_id, CoordinatorSkill.skill, CoordinatorSkill.stance
    )
    territory = await _territories(session)
    found: Situations = {}
    for one in people:
        post = posts.get(one.id)
        met = challenges[one.id] if looking.may_see(one.id, one.reach_challenges) else []
        can = skills[one.id] if looking.may_see(one.id, one.reach_skills) else []
        found[one.id] = (
            post.cpts_id if post else None,
            Situation(
                challenges=dict(met),
                offers=frozenset(slug for slug, stance in can if stance == "offers"),
                seeks=frozenset(slug for slug, stance in can if stance == "seeks"),
                started_on=post.started_on if post else None,
                **(territory[post.cpts_id] if post else {}),
            ),
        )
    return found


async def _territories(session: AsyncSession) -> dict[UUID, dict[str, Any]]:
    """What is compared of each CPTS."""
    types = await _grouped(
        session, CptsTerritoryType.cpts_id, CptsTerritoryType.territory_type, CptsTerritoryType.rank
    )
    departments = await _grouped(session, CptsDepartment.cpts_id, CptsDepartment.code, CptsDepartment.code)
    return {
        row.id: {
            "territory_types": tuple(slug for slug, _ in sorted(types[row.id], key=lambda one: one[1])),
            "departments": frozenset(code for code, _ in departments[row.id]),
            "size": row.size,
            "point": None if row.lon is None or row.lat is None else (row.lon, row.lat),
        }
        for row in await session.execute(select(Cpts.id, Cpts.size, Cpts.lon, Cpts.lat))
    }


async def _grouped(session: AsyncSession, owner: Any, *columns: Any) -> dict[UUID, list[Any]]:
    """These columns of a table by the row they hang on."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for key, *values in await session.execute(select(owner, *columns)):
        found[key].append(tuple(values))
    return found
