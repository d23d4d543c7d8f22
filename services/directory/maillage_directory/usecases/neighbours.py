"""People of other regions: kept as their region tells them, emptied when it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.db import lock_row
from maillage.events import Permanent, Telling, forget, record
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.events import ErasureConfirmed
from maillage_directory.model import Base, Coordinator, Neighbour, NeighbourErasure
from maillage_directory.model.neighbour import ERASED, NAMELESS, SHOWN, WITHDRAWN
from maillage_directory.reach import CARD_FIELDS, ON_CARDS
from maillage_directory.text import normalised


@dataclass(frozen=True)
class Card:
    """What a region says of one of its people. `reach` is national or public, by shared field."""

    coordinator_id: UUID
    first_name: str | None
    last_name: str | None
    challenges: list[dict[str, Any]]
    skills: list[dict[str, Any]]
    posts: list[dict[str, Any]]
    reach: dict[str, str]


async def keep_neighbour(session: AsyncSession, card: Card, by: Telling) -> None:
    """Show her as on the card: of it, only the fields said to be shared.

    Raises Permanent for somebody who is another region's, or ours.
    """
    row = await _of_region(session, card.coordinator_id, by)
    if row is None:
        return
    reach = {field: card.reach[field] for field in CARD_FIELDS if card.reach.get(field) in ON_CARDS}
    named = "name" in reach
    row.first_name, row.last_name = (card.first_name, card.last_name) if named else (None, None)
    row.challenges = card.challenges if "challenges" in reach else []
    row.skills = card.skills if "skills" in reach else []
    row.challenge_slugs = [one["challenge"] for one in row.challenges]
    row.skill_slugs = [one["skill"] for one in row.skills]
    row.posts = card.posts
    row.search_name = normalised(row.last_name or "", row.first_name or "") or NAMELESS
    row.search_places = normalised(*(f"{post['cpts_name']} {post['commune']['name']}" for post in card.posts))
    row.reach_name, row.reach_challenges = reach.get("name"), reach.get("challenges")
    row.reach_skills = reach.get("skills")
    row.status = SHOWN if reach else WITHDRAWN


async def withdraw_neighbour(session: AsyncSession, coordinator_id: UUID, by: Telling) -> None:
    """She shares nothing any more. Raises Permanent as keep_neighbour does."""
    row = await _of_region(session, coordinator_id, by)
    if row is not None:
        row.empty(WITHDRAWN)


async def erase_neighbour(session: AsyncSession, coordinator_id: UUID, erasure_id: UUID, by: Telling) -> None:
    """Erased in her region, so here; noted also when nothing of her was here, for it is to be confirmed.

    An empty row stays, so that a late card brings nothing back. Raises Permanent as keep_neighbour does.
    """
    known = await session.get(Neighbour, coordinator_id)
    held = known is not None and known.status == SHOWN
    needles = [f"{known.first_name} {known.last_name}"] if known is not None and known.last_name else []
    row = await _of_region(session, coordinator_id, by, even_late=True)
    if row is not None:
        row.empty(ERASED)
    await session.flush()
    traces = await forget(session, Base, coordinator_id, needles=needles)
    if await session.get(NeighbourErasure, erasure_id) is None:
        noted = NeighbourErasure(id=erasure_id, region=by.region, coordinator_id=coordinator_id)
        noted.counts, noted.erased_at = {"cards": int(held), "traces": traces}, clock.now()
        session.add(noted)


async def confirm_neighbour_erasure(session: AsyncSession, erasure_id: UUID, events: int) -> None:
    """Tell her region that this directory holds nothing of her any more; once. `events` left the feed."""
    noted = await lock_row(session, NeighbourErasure, erasure_id)
    if noted.confirmed_at is not None:
        return
    noted.confirmed_at = clock.now()
    noted.counts = {**noted.counts, "events": events}
    event = ErasureConfirmed(
        coordinator_id=noted.coordinator_id,
        erasure_id=noted.id,
        erased_at=noted.erased_at,
        counts=noted.counts,
    )
    record(session, event)


async def _of_region(
    session: AsyncSession, coordinator_id: UUID, by: Telling, *, even_late: bool = False
) -> Neighbour | None:
    """Her row, made if there is none, with what is told now noted on it; None when this is old news."""
    if await session.get(Coordinator, coordinator_id) is not None:
        raise Permanent(f"coordinator {coordinator_id} is ours, not of {by.region}")
    row = await session.get(Neighbour, coordinator_id, with_for_update=True)
    if row is None:
        row = Neighbour(id=coordinator_id, region=by.region, status=WITHDRAWN)
        session.add(row)
    elif row.region != by.region:
        raise Permanent(f"coordinator {coordinator_id} is not of {by.region}")
    elif row.status == ERASED or (by.is_older_than(row.told, row.told_at) and not even_late):
        return None
    row.told, row.told_at = by.number, by.time
    return row
