"""Removing a person from the kit's own tables of a service: the journal's bodies, the kept answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from maillage import clock
from maillage.events.event import personal_types
from maillage.events.journal import Entry


async def forget(session: AsyncSession, base: Any, person_id: UUID, *, needles: Iterable[str] = ()) -> int:
    """Erase what the journal and the kept answers hold of a person, in `session`'s transaction; rows touched.

    Journal entries about her lose their body when their event class is `personal` or when it holds one of
    `needles` (her names, addresses, numbers); the entry itself stays, and `stream repair` passes over it.
    Answers kept for idempotency go if they were given to her or speak of her.
    """
    words = [needle for needle in needles if needle.strip()]
    return await _erase_bodies(session, str(person_id), words) + await _drop_answers(
        session, base.kit.idempotency, person_id, words
    )


async def _erase_bodies(session: AsyncSession, person_id: str, words: list[str]) -> int:
    about = or_(Entry.entity_id == person_id, Entry.data.contains(person_id, autoescape=True))
    rows = (
        await session.execute(select(Entry.id, Entry.type, Entry.entity_id, Entry.data).where(about))
    ).all()
    quoted = [_as_in_json(word) for word in words]
    personal = personal_types()
    gone = [
        row.id
        for row in rows
        if row.data is not None
        and (
            (row.entity_id == person_id and row.type in personal) or any(word in row.data for word in quoted)
        )
    ]
    for entry_id in gone:
        erased = update(Entry).where(Entry.id == entry_id).values(data=None, erased_at=clock.now())
        await session.execute(erased, execution_options={"synchronize_session": "fetch"})
    return len(gone)


async def _drop_answers(session: AsyncSession, table: Any, person_id: UUID, words: list[str]) -> int:
    marks = [
        str(person_id).encode(),
        *(json.dumps(word, ensure_ascii=False)[1:-1].encode() for word in words),
    ]
    dropped = 0
    for row in (await session.execute(select(table.c.principal_id, table.c.key, table.c.body))).all():
        if row.principal_id == person_id or any(mark in row.body for mark in marks):
            where = (table.c.principal_id == row.principal_id, table.c.key == row.key)
            await session.execute(delete(table).where(*where))
            dropped += 1
    return dropped


def _as_in_json(word: str) -> str:
    """How a word looks inside a JSON document as pydantic writes it."""
    return json.dumps(word, ensure_ascii=False)[1:-1]
