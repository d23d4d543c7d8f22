"""What other regions tell of their people and their seminars, kept as they last told it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from maillage.events import Permanent, Telling
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.model import NeighbourSeminar, Person
from maillage_events.model.abroad import OPEN, SHUT
from maillage_events.model.network import ACTIVE, ERASED, LEFT
from maillage_events.model.registration import CANCELLED, CONFIRMED
from maillage_events.usecases.hosting import expect_of_region
from maillage_events.usecases.visiting import end_all_for, standing, tell_decided

SEMINAR_UPDATED = "seminar-updated"
SHOWN = ("title", "starts_at", "ends_at", "time_zone", "venue", "city")
"""What the calendar of someone who holds a seat shows."""


async def keep_card(
    session: AsyncSession, coordinator_id: UUID, names: tuple[str | None, str | None], reach: str, by: Telling
) -> None:
    """Keep the name on a card, for when she comes as a guest. Raises Permanent when she is not of there."""
    person = await _unless_late(session, coordinator_id, by)
    if person is not None:
        person.first_name, person.last_name = names
        person.name_reach, person.status = reach, ACTIVE


async def forget_card(session: AsyncSession, coordinator_id: UUID, by: Telling) -> None:
    """Her name is shared no more: what is left of her here is an id. Raises Permanent as keep_card does."""
    person = await _unless_late(session, coordinator_id, by)
    if person is not None:
        person.first_name = person.last_name = None
        person.status = LEFT


async def keep_seminar(
    session: AsyncSession, seminar_id: UUID, facts: Mapping[str, Any], by: Telling
) -> None:
    """Keep a seminar that is open to us; those who hold a seat hear when their calendars change.

    Told after its end, it says what the seminar was, opens nothing and is no news. Raises Permanent for a
    seminar of another region.
    """
    seminar = await _of_region(session, seminar_id, by)
    moved = False
    if seminar is None:
        seminar = NeighbourSeminar(id=seminar_id, region=by.region, sequence=0)
        session.add(seminar)
    elif by.is_older_than(seminar.told, seminar.told_at):
        if not by.is_older_than(seminar.whole_told, seminar.whole_told_at):
            _write(seminar, facts, by)
        return
    else:
        moved = any(facts[name] != getattr(seminar, name) for name in SHOWN)
    _write(seminar, facts, by)
    seminar.status, seminar.shut_reason = OPEN, None
    seminar.told, seminar.told_at = by.number, by.time
    await session.flush()
    for asked in await standing(session, seminar_id=seminar_id) if moved else ():
        if asked.status == CONFIRMED:
            await tell_decided(session, asked, SEMINAR_UPDATED)


def _write(seminar: NeighbourSeminar, facts: Mapping[str, Any], by: Telling) -> None:
    for name, value in facts.items():
        setattr(seminar, name, value)
    seminar.whole_told, seminar.whole_told_at = by.number, by.time


async def shut_seminar(session: AsyncSession, seminar_id: UUID, reason: str, by: Telling) -> None:
    """Show a seminar no more; called off, it ends every request for it. Raises Permanent as keep_seminar."""
    seminar = await _of_region(session, seminar_id, by)
    if seminar is None:
        seminar = NeighbourSeminar(id=seminar_id, region=by.region, starts_at=by.time, ends_at=by.time)
        session.add(seminar)
    elif by.is_older_than(seminar.told, seminar.told_at):
        return
    seminar.status, seminar.shut_reason = SHUT, reason
    seminar.told, seminar.told_at = by.number, by.time
    await session.flush()
    if reason == CANCELLED:
        await end_all_for(session, seminar_id)


async def _of_region(session: AsyncSession, seminar_id: UUID, by: Telling) -> NeighbourSeminar | None:
    seminar = await session.get(NeighbourSeminar, seminar_id, with_for_update=True)
    if seminar is not None and seminar.region != by.region:
        raise Permanent(f"seminar {seminar_id} is not of {by.region}")
    return seminar


async def _unless_late(session: AsyncSession, coordinator_id: UUID, by: Telling) -> Person | None:
    """Her row, made if there is none, with what is told now noted on it; None when this is old news."""
    person = await expect_of_region(session, coordinator_id, by.region)
    if person is None:
        person = Person(id=coordinator_id, region=by.region)
        session.add(person)
    elif person.status == ERASED or by.is_older_than(person.sequence, person.told_at):
        return None
    person.sequence, person.told_at = by.number or 0, by.time
    return person
