"""A service's notes on its place in the stream: which store it has met, how far a rebuild goes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from maillage import clock
from maillage.events.tables import KIT

RELAY = "@relay"
"""The relay's own mark; no service is named so. Its `reset_to`: from where a repair under way has found the
stream changed, so that consumers have to read from there again."""
REPAIR = "@repair"
"""The mark that tells one repair from the next: its `stream_created` is the last one's name. See `noting`."""
UNDER_REPAIR = "under repair"
"""In place of the store's name, which is a date: the relay publishes nothing until the repair is complete."""

_MARK = KIT.consumer_mark


def types_name(mark_name: str) -> str:
    """The mark that remembers, as a digest, which types a consumer has been reading."""
    return f"{mark_name}+types"


def digest_of(types: Iterable[str]) -> str:
    """What tells one list of types from another."""
    return hashlib.sha256("\n".join(sorted(types)).encode()).hexdigest()


def place_name(consumer: str, home: str, origin: str) -> str:
    """What a consumer's mark and inbox rows go by: its own name at home, `directory@fr-occ` on a feed."""
    return consumer if origin == home else f"{consumer}@{origin}"


async def read_mark(session: AsyncSession, consumer: str) -> Row[Any] | None:
    """The mark of `consumer` (a `place_name`), None on a database that has never consumed."""
    return (await session.execute(select(_MARK).where(_MARK.c.consumer == consumer))).one_or_none()


async def write_mark(session: AsyncSession, consumer: str, **values: Any) -> None:
    """Set some of the mark's columns, making the mark if there is none."""
    dialect = session.get_bind().dialect.name
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(_MARK).values(consumer=consumer, created_at=clock.now(), **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["consumer"], set_=values))
