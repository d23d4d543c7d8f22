"""What of each coordinator in post, and of her CPTS, may be compared before the viewer's eyes.

Everybody is compared, so everybody is read, as plain columns and one sweep per table, and not again before
something has changed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
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
from maillage_directory.model.coordinator import ACTIVE, ERASED
from maillage_directory.queries.versions import versions
from maillage_directory.reach import Viewer
from maillage_directory.similarity import Situation

T = TypeVar("T")
MOST_KEPT = 5000
"""People: some 10 MB. Of more they are read at each question."""
MOST_FOUND = 500
"""Findings, each of ten people at most: some 5 MB. Those asked for longest ago go."""
Situations = dict[UUID, tuple[UUID | None, Situation]]
"""By person: the CPTS of her post, and her situation."""


@dataclass(frozen=True)
class Told:
    """What somebody told and how far it goes; `whole` is her situation with all of it."""

    id: UUID
    here: UUID | None
    reach_name: str
    reach_challenges: str
    reach_skills: str
    active: bool
    whole: Situation

    def shown(self, looking: Viewer) -> Situation:
        """As far as it is open to the viewer."""
        seen = self.whole
        if not looking.may_see(self.id, self.reach_challenges):
            seen = replace(seen, challenges={})
        if not looking.may_see(self.id, self.reach_skills):
            seen = replace(seen, offers=frozenset(), seeks=frozenset())
        return seen


class ToldByAll:
    """What everybody told, read once for all who ask until something of it changes: no names, ids and words.

    It is the same for every viewer; what is open to one is decided at each question (`situations`).
    """

    def __init__(self) -> None:
        self._reading = asyncio.Lock()
        self._kept: tuple[Any, list[Told]] = (None, [])
        self._found: dict[Hashable, Any] = {}

    async def find(self, session: AsyncSession, question: Hashable, find: Callable[[list[Told]], T]) -> T:
        """What `find` finds in what everybody told, found again when something of that has changed.

        The question holds all else that the finding depends on: who is looking, and the day.
        """
        told = await self.read(session)
        if told is not self._kept[1]:  # too many to keep
            return find(told)
        if question not in self._found:
            while len(self._found) >= MOST_FOUND:
                del self._found[next(iter(self._found))]
            self._found[question] = find(told)
        found: T = self._found[question]
        return found

    async def read(self, session: AsyncSession) -> list[Told]:
        """As it is now."""
        state = await versions(session)
        if self._kept[0] != state:
            async with self._reading:  # whoever waited for another's finds it read
                if self._kept[0] != state:
                    told = await _read_all(session)
                    self._kept = (state, told) if len(told) <= MOST_KEPT else (None, [])
                    self._found = {}
                    return told
        return self._kept[1]


def situations(all_told: list[Told], own: UUID, looking: Viewer) -> Situations:
    """Those in post whose name is open to the viewer, and the person `own` whatever holds for her."""
    return {
        one.id: (one.here, one.shown(looking))
        for one in all_told
        if one.id == own or (one.here is not None and one.active and looking.may_see(one.id, one.reach_name))
    }


async def _read_all(session: AsyncSession) -> list[Told]:
    posts: dict[UUID, Any] = {}
    held = select(Position.coordinator_id, Position.cpts_id, Position.started_on)
    latest_first = (Position.started_on.desc(), Position.id.desc())
    for row in await session.execute(held.where(Position.ended_on.is_(None)).order_by(*latest_first)):
        posts.setdefault(row.coordinator_id, row)
    reaches = (Coordinator.reach_name, Coordinator.reach_challenges, Coordinator.reach_skills)
    people = await session.execute(
        select(Coordinator.id, Coordinator.status, *reaches).where(Coordinator.status != ERASED)
    )
    met, can = CoordinatorChallenge, CoordinatorSkill
    challenges = await _grouped(session, met.coordinator_id, met.challenge, met.stance)
    skills = await _grouped(session, can.coordinator_id, can.skill, can.stance)
    territory = await _territories(session)
    found = []
    for one in people:
        post, able = posts.get(one.id), skills[one.id]
        whole = Situation(
            challenges=dict(challenges[one.id]),
            offers=frozenset(slug for slug, stance in able if stance == "offers"),
            seeks=frozenset(slug for slug, stance in able if stance == "seeks"),
            started_on=post.started_on if post else None,
            **(territory[post.cpts_id] if post else {}),
        )
        reach = (one.reach_name, one.reach_challenges, one.reach_skills)
        found.append(Told(one.id, post.cpts_id if post else None, *reach, one.status == ACTIVE, whole))
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
