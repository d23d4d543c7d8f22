"""The events themselves: found by what was observed of them, their bodies read from the bus and masked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.events.connection import NotConnected
from maillage.events.event import TYPE_PREFIX, full_type
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .bus import CannotRead, Stored, read_one
from .declared import Declared
from .masking import masked
from .model import ObservedEvent
from .observing import observe
from .queries import declared_types
from .schemas import CorrelationOut, EventOut, ThreadEventOut

AT_ONCE = 16
MOST_OF_A_THREAD = 500


def events(
    *,
    kind: str | None = None,
    region: str | None = None,
    entity_id: UUID | None = None,
    correlation_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[Any]:
    """The observed events under these filters. `kind` may be the beginning of one: `directory.position`."""
    found = select(ObservedEvent)
    if kind:
        name = full_type(kind.rstrip(".*>"))
        found = found.where(
            (ObservedEvent.type == name) | ObservedEvent.type.startswith(f"{name}.", autoescape=True)
        )
    given = {"region": region, "entity_id": _text(entity_id), "correlation_id": _text(correlation_id)}
    found = found.filter_by(**{name: value for name, value in given.items() if value is not None})
    found = found.where(ObservedEvent.time >= since) if since else found
    return found.where(ObservedEvent.time < until) if until else found


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def erased_since(settings: Any, moment: datetime) -> Select[Any]:
    """Persons of this region of whose erasure the bus has told since; another's word ends nothing."""
    told: Select[Any] = _told(settings, "directory.coordinator.erased.v1", moment, ObservedEvent.entity_id)
    return told


def ended_since(settings: Any, moment: datetime) -> Select[Any, Any]:
    """Whose tokens this region's directory has ended since, and when, once for each time."""
    when = (ObservedEvent.entity_id, ObservedEvent.time)
    told: Select[Any, Any] = _told(settings, "directory.account.tokens-ended.v1", moment, *when)
    return told


def _told(settings: Any, kind: str, moment: datetime, *columns: Any) -> Any:
    told = select(*columns).where(
        ObservedEvent.type == full_type(kind),
        ObservedEvent.region == settings.region,
        ObservedEvent.source == f"/{settings.region}/directory",
        ObservedEvent.problem.is_(None),
        ObservedEvent.entity_id.is_not(None),
    )
    return told.where(ObservedEvent.time >= moment)


async def newest(session: AsyncSession) -> int:
    """The number of the last event observed."""
    return await session.scalar(select(func.max(ObservedEvent.number))) or 0


async def shown(service: Any, session: AsyncSession, rows: Sequence[ObservedEvent]) -> list[EventOut]:
    """The events with their bodies as they may be seen."""
    kinds = await declared_types(session)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(row: ObservedEvent) -> EventOut:
        async with gate:
            state, message = await _message(service, row)
        return _out(row, state, message, kinds)

    return list(await asyncio.gather(*map(one, rows)))


async def _message(service: Any, row: ObservedEvent) -> tuple[str, Stored | None]:
    """The stored message if it still is the event that was observed there."""
    connection = service.events.connection if service.events else None
    if connection is None or not connection.connected:
        return "away", None
    try:
        found = await read_one(connection.client, row.stream, row.sequence)
    except (CannotRead, NotConnected, ConnectionError, TimeoutError):
        return "away", None
    if found is None or observe(found, row.region).event_id != row.event_id:
        return "erased", None
    return "there", found


def _out(row: ObservedEvent, state: str, message: Stored | None, kinds: dict[str, Declared]) -> EventOut:
    kind = kinds.get(row.type)
    known = kind is not None and row.problem is None
    data = None
    if message is not None:
        schema, discreet = (kind.schema, kind.discreet) if kind and known else (None, True)
        seen = masked(message.data, schema, discreet=discreet)
        state, data = ("whole" if seen.complete else "masked"), seen.data
    return EventOut.model_validate(
        {
            **{name: getattr(row, name) for name in _COPIED},
            "type": row.type.removeprefix(TYPE_PREFIX),
            "dataschema": row.schema,
            "body": state,
            "data": data,
        }
    )


_COPIED = (
    "number", "stream", "sequence", "event_id", "region", "source", "entity_id", "entity_sequence",
    "correlation_id", "causation_id", "time", "problem",
)  # fmt: skip


async def thread(service: Any, session: AsyncSession, correlation_id: UUID) -> CorrelationOut | None:
    """Everything with this correlation, in every stream; None when there is nothing."""
    asked = events(correlation_id=correlation_id).order_by(ObservedEvent.time, ObservedEvent.number)
    rows = list(await session.scalars(asked.limit(MOST_OF_A_THREAD + 1)))
    if not rows:
        return None
    listed = rows[:MOST_OF_A_THREAD]
    depths = as_tree(listed)
    out = {each.number: each for each in await shown(service, session, [row for row, _ in depths])}
    return CorrelationOut(
        correlation_id=str(correlation_id),
        services=list(dict.fromkeys(row.source for row in listed if row.source)),
        started_at=listed[0].time,
        ended_at=listed[-1].time,
        complete=len(rows) <= MOST_OF_A_THREAD,
        events=[ThreadEventOut(**out[row.number].model_dump(), depth=depth) for row, depth in depths],
    )


def as_tree(rows: Iterable[ObservedEvent]) -> list[tuple[ObservedEvent, int]]:
    """Each event with its depth, effects right after their cause; each once, whatever the causes say.

    The same event may be met in two streams: its first row stands for its id.
    """
    rows = list(rows)
    first = {row.event_id: row for row in reversed(rows)}
    effects: dict[int, list[ObservedEvent]] = {}
    roots = []
    for row in rows:
        cause = first.get(row.causation_id or "")
        if cause is None or cause is row:
            roots.append(row)
        else:
            effects.setdefault(cause.number, []).append(row)
    placed: dict[int, tuple[ObservedEvent, int]] = {}
    # Causes that go round in a circle have no root: whoever is left over begins again.
    for root in [*roots, *rows]:
        waiting = [(root, 0)]
        while waiting:
            row, depth = waiting.pop()
            if row.number not in placed:
                placed[row.number] = (row, depth)
                waiting += [(each, depth + 1) for each in reversed(effects.get(row.number, []))]
    return list(placed.values())
