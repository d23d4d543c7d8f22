"""The events this service publishes: its contract. Ids and codes only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from maillage.events import Event


class MessageFailed(Event, service="notifications", entity="message", name="failed", key="message_id"):
    """A message could not be delivered and will not be tried again by itself; `reason` is a code."""

    message_id: UUID
    coordinator_id: UUID
    topic: str
    channel: str
    reason: str


class ErasureConfirmed(
    Event, service="notifications", entity="erasure", name="confirmed", key="coordinator_id"
):
    """This service has erased its copy of a person; `counts` says how many rows of what."""

    coordinator_id: UUID
    erasure_id: UUID
    erased_at: datetime
    counts: dict[str, int]


PUBLISHED: list[type[Event]] = [MessageFailed, ErasureConfirmed]
