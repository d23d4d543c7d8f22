"""Telling other regions what may be shown of a person there, whenever that changes and only then."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from maillage.events import record
from maillage.events.deliver import insert_once
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory import reach
from maillage_directory.events import (
    ChallengeMet,
    CoordinatorPresented,
    CoordinatorWithdrawn,
    MainCommune,
    PostShown,
    SkillHeld,
)
from maillage_directory.model import Coordinator, Cpts, Position, Presentation
from maillage_directory.model.coordinator import ERASED

BATCH = 100


async def present(session: AsyncSession, coordinator_id: UUID) -> None:
    """Publish her card if it is another than the last one, or withdraw it; an erased person has none.

    Everything is read again under the lock of what was last told: of two who change profile and CPTS at the
    same moment, the second sees what the first did.
    """
    await session.flush()
    told = await _last_told(session, coordinator_id)
    person = await _as_she_is(session, coordinator_id)
    if person is None or person.status == ERASED:
        await session.delete(told)
        return
    card = card_of(person, await _posts(session, coordinator_id))
    digest = hashlib.sha256(card.model_dump_json().encode()).hexdigest() if card else None
    if digest == told.digest:
        return
    told.digest, told.version = digest, told.version + 1
    record(session, card or CoordinatorWithdrawn(coordinator_id=coordinator_id), sequence=told.version)


async def present_holders(session: AsyncSession, cpts_id: UUID) -> None:
    """The facts of a CPTS have changed: so may have the cards of those who work there."""
    held = select(Position.coordinator_id).where(Position.cpts_id == cpts_id, Position.ended_on.is_(None))
    for coordinator_id in sorted(set(await session.scalars(held))):
        await present(session, coordinator_id)


async def present_some(session: AsyncSession) -> int:
    """Look at a batch of those whom other regions were never told of; how many there were."""
    known = select(Presentation.coordinator_id)
    unseen = select(Coordinator.id).where(Coordinator.id.not_in(known), Coordinator.status != ERASED)
    found = (await session.scalars(unseen.order_by(Coordinator.id).limit(BATCH))).all()
    for coordinator_id in found:
        await present(session, coordinator_id)
    return len(found)


def card_of(person: Coordinator, posts: Sequence[PostShown]) -> CoordinatorPresented | None:
    """What other regions may show of her; None when that is nothing."""
    shared = reach.shared_abroad(person)
    challenges = person.challenges if "challenges" in shared else []
    skills = person.skills if "skills" in shared else []
    if not ("name" in shared or challenges or skills):
        return None
    return CoordinatorPresented(
        coordinator_id=person.id,
        first_name=person.first_name if "name" in shared else None,
        last_name=person.last_name if "name" in shared else None,
        status=person.status,
        challenges=[
            ChallengeMet(challenge=one.challenge, stance=one.stance, since_year=one.since_year)
            for one in challenges
        ],
        skills=[SkillHeld(skill=one.skill, level=one.level, stance=one.stance) for one in skills],
        posts=list(posts),
        shared_fields=list(shared),
        reach=shared,
    )


async def _last_told(session: AsyncSession, coordinator_id: UUID) -> Presentation:
    """What other regions were last told, held until the transaction ends."""
    table: Any = Presentation.__table__
    await insert_once(session, table, {"coordinator_id": coordinator_id, "version": 0})
    held = select(Presentation).where(Presentation.coordinator_id == coordinator_id).with_for_update()
    return (await session.scalars(held, execution_options={"populate_existing": True})).one()


async def _as_she_is(session: AsyncSession, coordinator_id: UUID) -> Coordinator | None:
    wanted = select(Coordinator).where(Coordinator.id == coordinator_id)
    return await session.scalar(wanted, execution_options={"populate_existing": True})


async def _posts(session: AsyncSession, coordinator_id: UUID) -> list[PostShown]:
    """The posts she holds with where they are, read as columns so that nothing is taken from memory."""
    held = (
        select(
            Position.cpts_id,
            Position.title,
            Position.started_on,
            Cpts.name,
            Cpts.main_commune_insee,
            Cpts.main_commune_name,
            Cpts.principal_department,
            Cpts.lat,
            Cpts.lon,
        )
        .join(Cpts, Cpts.id == Position.cpts_id)
        .where(Position.coordinator_id == coordinator_id, Position.ended_on.is_(None))
        .order_by(Position.started_on.desc(), Position.id.desc())
    )
    return [
        PostShown(
            cpts_id=row.cpts_id,
            cpts_name=row.name,
            title=row.title,
            started_on=row.started_on,
            commune=MainCommune(insee=row.main_commune_insee, name=row.main_commune_name),
            department=row.principal_department,
            lat=row.lat,
            lon=row.lon,
        )
        for row in await session.execute(held)
    ]
