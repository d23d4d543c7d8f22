"""A message on the bus, as it was seen or as it is to be sent, and the parts of its subject."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from maillage.ids import new_id

PREFIX = "fr.maillage."
MSG_ID = "Nats-Msg-Id"


@dataclass(frozen=True)
class Seen:
    """One message of a stream. Nothing about it is trusted: every reading may come out empty."""

    subject: str
    headers: Mapping[str, str]
    data: bytes
    place: int
    at: datetime

    @cached_property
    def attributes(self) -> dict[str, str]:
        """The CloudEvents attributes by name, without `ce-`, decoded."""
        return {
            name.lower()[3:]: unquote(value)
            for name, value in self.headers.items()
            if name.lower().startswith("ce-")
        }

    @property
    def message_id(self) -> str | None:
        """The header by which the stream recognises doubles."""
        return self.headers.get(MSG_ID)

    @property
    def type(self) -> str:
        """`ce-type`, or empty."""
        return self.attributes.get("type", "")

    @property
    def short(self) -> str:
        """The type as the subject has it, e.g. `events.guest.answered.v1`."""
        return self.type.removeprefix(PREFIX)

    @cached_property
    def tokens(self) -> list[str]:
        """The subject's parts: region, service, entity, event, major, entity id."""
        return self.subject.split(".")

    @property
    def service(self) -> str:
        """The service that the subject names."""
        return self.tokens[1] if len(self.tokens) > 1 else ""

    @property
    def entity_id(self) -> str:
        """The last part of the subject."""
        return self.tokens[-1]

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object of the body; empty when it is none."""
        try:
            value = json.loads(self.data)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def sequence(self) -> int | None:
        """`ce-sequence` as a number; None when it is absent or not one."""
        text = self.attributes.get("sequence", "")
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def name(self) -> str:
        """How a report points at it."""
        return f"{self.subject} (n° {self.place})"


@dataclass(frozen=True)
class Said:
    """A message the kit sends in the neighbour's name."""

    subject: str
    headers: dict[str, str]
    data: bytes

    @property
    def event_id(self) -> str:
        """Its `ce-id`."""
        return self.headers.get("ce-id", "")

    def again(self) -> Said:
        """The same event once more, past the stream's own recognition of doubles."""
        return Said(self.subject, {**self.headers, MSG_ID: str(new_id())}, self.data)


@dataclass(frozen=True)
class Fact:
    """An event before it is put on the wire: short type, entity, body, sequence, more `ce-` attributes."""

    short: str
    entity_id: str
    body: dict[str, Any]
    sequence: int | None = None
    extra: dict[str, str] = field(default_factory=dict)

    def said_in(self, region: str) -> Said:
        """As that region's service publishes it."""
        event_id = str(new_id())
        headers = {
            "ce-specversion": "1.0",
            "ce-id": event_id,
            "ce-type": PREFIX + self.short,
            "ce-source": f"/{region}/{self.short.split('.')[0]}",
            "ce-subject": self.entity_id,
            "ce-time": now(),
            "ce-datacontenttype": "application/json",
            "ce-dataschema": f"urn:maillage:schema:{PREFIX}{self.short}",
            MSG_ID: event_id,
            "content-type": "application/json",
            **self.extra,
        }
        if self.sequence is not None:
            headers["ce-sequence"] = str(self.sequence)
        return Said(f"{region}.{self.short}.{self.entity_id}", headers, json.dumps(self.body).encode())


def now() -> str:
    """The moment, as RFC 3339 in UTC."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def is_uuid7(text: str) -> bool:
    """Whether a text is a UUID of version 7 in its usual writing."""
    try:
        value = UUID(text)
    except ValueError:
        return False
    return str(value) == text.lower() and value.version == 7
