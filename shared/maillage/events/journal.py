"""`record`: an event becomes a row of the service's journal in the transaction that made it true."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, registry

from maillage import clock
from maillage.events import wakeup
from maillage.events.cause import current_cause
from maillage.events.event import MAX_EVENT_BYTES, Event
from maillage.events.tables import KIT
from maillage.ids import new_id

_registry = registry(metadata=KIT.outbox.metadata)
_propagator = TraceContextTextMapPropagator()


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
    session: AsyncSession, event: Event, *, sequence: int | None = None, correlation: str | None = None
) -> None:
    """Add `event` to the journal within `session`'s transaction; the relay publishes it after the commit.

    `sequence` is the version of the entity, by which consumers tell a late event from a fresh one. Trace,
    causation and correlation are taken from the work in progress. Raises EventTooLarge.
    """
    data = event.model_dump_json()
    size = len(data.encode())
    if size > MAX_EVENT_BYTES:
        raise EventTooLarge(
            f"{event.type()} about {event.entity_id}: {size} bytes, at most {MAX_EVENT_BYTES}"
        )
    event_id, cause, carrier = new_id(), current_cause(), dict[str, str]()
    _propagator.inject(carrier)
    entry = Entry()
    entry.event_id, entry.type, entry.entity_id = event_id, event.type(), event.entity_id
    entry.sequence, entry.time, entry.data = sequence, clock.now(), data
    entry.correlation_id = correlation or (cause.correlation_id if cause else None) or str(event_id)
    entry.causation_id = str(cause.causation_id) if cause and cause.causation_id else None
    entry.traceparent = carrier.get("traceparent")
    session.add(entry)
    wakeup.mark(session)
