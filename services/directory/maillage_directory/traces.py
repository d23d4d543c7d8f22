"""Traces of a person in the kit's tables: answers kept for idempotency keys, payloads in the journal."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from maillage import clock
from maillage.events.event import full_type
from maillage.http import forget_answers
from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.model import Base

PERSONAL = (
    "directory.coordinator.joined.v1",
    "directory.coordinator.updated.v1",
    "directory.contact.changed.v1",
)
"""The events that hold a person's data; all others carry her id only."""


async def forget(session: AsyncSession, person_id: UUID, needles: Iterable[str]) -> int:
    """Deletes kept answers that mention her and empties her events in the journal; how many there were."""
    answers = await forget_answers(session, [person_id, *needles])
    outbox = Base.kit.outbox
    hers = or_(*(outbox.c.type == full_type(name) for name in PERSONAL))
    emptied = await session.execute(
        update(outbox)
        .where(outbox.c.entity_id == str(person_id), outbox.c.data.is_not(None), hers)
        .values(data=None, erased_at=clock.now())
    )
    return answers + int(getattr(emptied, "rowcount", 0))
