"""What a map is made of, read as plain columns, one sweep per table.

Objects for a thousand CPTS and all that hangs on them would cost ten times as much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

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
from maillage_directory.queries.cpts import is_vacant, last_ends

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
    Cpts.lon,
    Cpts.lat,
)
Held = Sequence[Row[Any]]
Words = dict[UUID, list[str]]


@dataclass(frozen=True)
class Sweeps:
    """What was read for a map: rows, and by the id of a CPTS (`said`: of a person) what hangs on them."""

    found: Held
    held: dict[UUID, list[Row[Any]]]
    said: Words
    departments: Words
    types: Words
    declared: Words
    left: dict[UUID, date]


async def sweep(session: AsyncSession, chosen: Select[Any]) -> Sweeps:
    """Everything about the CPTS that `chosen`, a selection of FACTS, finds; closed ones too."""
    found = (await session.execute(chosen)).all()
    ids = [row.id for row in found]
    held = await _held(session, ids)
    types = CptsTerritoryType
    return Sweeps(
        found,
        held,
        await _said(session, [post.coordinator_id for posts in held.values() for post in posts]),
        await _hung(session, CptsDepartment.cpts_id, CptsDepartment.code, CptsDepartment.code, ids),
        await _hung(session, types.cpts_id, types.territory_type, types.rank, ids),
        await _hung(session, CptsChallenge.cpts_id, CptsChallenge.challenge, CptsChallenge.rank, ids),
        await last_ends(session, [key for key in ids if is_vacant(held[key])]),
    )


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
