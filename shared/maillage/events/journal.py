"""`record`: an event becomes a row of the service's journal in the transaction that made it true."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, registry

from maillage import clock
from maillage.db.at_once import AtOnce
from maillage.events import wakeup
from maillage.events.cause import current_cause
from maillage.events.event import MAX_EVENT_BYTES, Event
from maillage.events.tables import KIT
from maillage.ids import new_id
from maillage.telemetry.tracing import current_traceparent

_registry = registry(metadata=KIT.outbox.metadata)


class EventTooLarge(ValueError):
    """The event's body exceeds what the stream takes: a fact is small, ids stand for what is long."""


@_registry.mapped
class Entry:
    """One line of the journal. `published_at` is null until the stream has it, `data` once it is erased."""

    __table__ = KIT.outbox
    id: Mapped[int]
    event_id: Mapped[UUID]
    type: Mapped[str]
    entity_id: Mapped[str]
    sequence: Mapped[int | None]
    time: Mapped[datetime]
    correlation_id: Mapped[str | None]
    causation_id: Mapped[str | None]
    traceparent: Mapped[str | None]
    data: Mapped[str | None]
    published_at: Mapped[datetime | None]
    stream_sequence: Mapped[int | None]
    erased_at: Mapped[datetime | None]
    refused: Mapped[str | None]


def record(
    within: AsyncSession | AtOnce,
    event: Event,
    *,
    sequence: int | None = None,
    correlation: str | None = None,
) -> None:
    """Add `event` to the journal in the transaction `within`; the relay publishes it after the commit.

    `sequence` is the version of the entity, by which consumers tell a late event from a fresh one. Trace,
    causation and correlation are taken from the work in progress. Raises EventTooLarge.
    """
    values = _line(event, sequence, correlation)
    if isinstance(within, AtOnce):
        within.insert(KIT.outbox, **values)
        within.afterwards.append(wakeup.wake)
        return
    entry = Entry()
    for name, value in values.items():
        setattr(entry, name, value)
    within.add(entry)
    wakeup.mark(within)


def _line(event: Event, sequence: int | None, correlation: str | None) -> dict[str, Any]:
    """The columns of the event's line in the journal."""
    data = event.model_dump_json()
    if len(data) * 4 > MAX_EVENT_BYTES and (size := len(data.encode())) > MAX_EVENT_BYTES:
        raise EventTooLarge(
            f"{event.type()} about {event.entity_id}: {size} bytes, at most {MAX_EVENT_BYTES}"
        )
    event_id, cause = new_id(), current_cause()
    return {
        "event_id": event_id,
        "type": event.type(),
        "entity_id": event.entity_id,
        "sequence": sequence,
        "time": clock.now(),
        "correlation_id": correlation or (cause.correlation_id if cause else None) or str(event_id),
        "causation_id": str(cause.causation_id) if cause and cause.causation_id else None,
        "traceparent": current_traceparent(),
        "data": data,
    }
