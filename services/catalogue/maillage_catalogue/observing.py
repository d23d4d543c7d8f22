"""Makes of one stored message what may be kept of it: known headers, places, identifiers that are UUIDs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from maillage.events.envelope import Malformed, parse
from maillage.events.event import TYPE_PREFIX

from .bus import Stored

NOT_CLOUDEVENT = "not-a-cloudevent"
WRONG_REGION = "wrong-region"
WRONG_SUBJECT = "wrong-subject"


@dataclass(frozen=True, slots=True)
class Observation:
    """An event's envelope, cut to what the catalogue keeps."""

    sequence: int
    event_id: str
    type: str
    source: str
    schema: str
    entity_id: str | None
    entity_sequence: int | None
    correlation_id: str | None
    causation_id: str | None
    time: datetime
    problem: str | None


def observe(message: Stored, region: str) -> Observation:
    """What is kept of a message of `region`'s stream; whatever it is, it is something."""
    tokens = message.subject.split(".")
    entity = uuid_or_none(tokens[-1]) if len(tokens) == 6 else None
    told = f"{TYPE_PREFIX}{'.'.join(tokens[1:5])}" if len(tokens) == 6 else f"{TYPE_PREFIX}?"
    foreign = WRONG_REGION if tokens[0] != region else None
    try:
        event = parse(message.subject, message.headers, b"")
    except Malformed:
        return Observation(
            message.sequence,
            f"at-{message.sequence}-{message.time.isoformat()}",
            cut(told, 200),
            "",
            "",
            entity,
            None,
            None,
            None,
            message.time,
            foreign or NOT_CLOUDEVENT,
        )
    return Observation(
        sequence=message.sequence,
        event_id=str(event.event_id),
        type=cut(event.type, 200),
        source=cut(event.source, 100),
        schema=cut(_dataschema(message), 250),
        entity_id=entity,
        entity_sequence=_countable(event.sequence),
        correlation_id=uuid_or_none(event.correlation_id),
        causation_id=uuid_or_none(event.causation_id),
        time=_sane(event.time, message.time),
        problem=foreign or (None if event.type == told else WRONG_SUBJECT),
    )


def uuid_or_none(text: str | None) -> str | None:
    """`text` in the usual form if it is a UUID: nothing else is known to be without meaning."""
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None


def cut(text: str, most: int) -> str:
    """`text` without what a database refuses (NUL, half characters), and no longer than its column."""
    return text.encode(errors="replace").decode().replace("\0", "")[:most]


def _countable(sequence: int | None) -> int | None:
    """The entity's version, unless it is a number no column holds."""
    return sequence if sequence is not None and 0 <= sequence < 2**63 else None


def _dataschema(message: Stored) -> str:
    return next((value for name, value in message.headers.items() if name.lower() == "ce-dataschema"), "")


def _sane(told: datetime, stored: datetime) -> datetime:
    """The event's own time, unless it says a year that no database keeps."""
    return told if datetime(1970, 1, 1, tzinfo=UTC) <= told <= datetime(9000, 1, 1, tzinfo=UTC) else stored
