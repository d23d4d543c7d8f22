"""The map: CPTS as GeoJSON features, under the same filters and the same reach as the lists."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.model import Coordinator, Cpts, Position
from maillage_directory.queries.filters import Filters, narrow_cpts
from maillage_directory.queries.map_pieces import Piece, PiecesKept, pieces_of
from maillage_directory.queries.versions import sums
from maillage_directory.reach import FIELDS, Viewer


class Fingerprint(NamedTuple):
    """What the map depends on besides its filters: two equal ones mean the same map.

    A viewer counts by her circle, and by herself only when she hides something from it that she can see.
    """

    versions: tuple[int, ...]
    reaches: frozenset[str]
    sees_all: bool
    own: UUID | None


async def feature_collection(
    session: AsyncSession, wanted: Filters, looking: Viewer, state: Fingerprint, kept: PiecesKept
) -> bytes:
    """The CPTS that match, in alphabetical order, as they are sent.

    Those without a place are in the member `unplaced`. `state` is the fingerprint of this viewer's map.
    """
    pieces = await kept.now(session, looking, state.versions)
    if wanted == Filters():
        ids = pieces.open()
    else:
        matching = await session.scalars(await narrow_cpts(session, select(Cpts.id), wanted, looking))
        ids = pieces.ordered(set(matching.all()))
    own = await _her_own(session, looking) if state.own is not None else {}
    return await asyncio.to_thread(pieces.joined, ids, own)


async def _her_own(session: AsyncSession, looking: Viewer) -> dict[UUID, Piece]:
    """The CPTS where she holds a post: nowhere else can she see more on the map than her circle."""
    held = select(Position.cpts_id).where(Position.coordinator_id == looking.id, Position.ended_on.is_(None))
    return await pieces_of(session, (await session.scalars(held)).all(), looking)


async def fingerprint(session: AsyncSession, looking: Viewer) -> Fingerprint:
    """The fingerprint of this viewer's map."""
    hides = select(Coordinator.id).where(
        Coordinator.id == looking.id,
        or_(*(getattr(Coordinator, f"reach_{field}").not_in(sorted(looking.reaches)) for field in FIELDS)),
    )
    found: Any = (await session.execute(select(*sums(), hides.exists()))).one()
    own = looking.id if found[-1] and not looking.sees_all else None
    return Fingerprint(tuple(found[:-1]), looking.reaches, looking.sees_all, own)
