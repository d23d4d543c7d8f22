"""CloudEvents 1.0 in binary mode on NATS: attributes are `ce-*` headers, the body is the event's JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, unquote
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context as TraceContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from maillage.events.event import schema_uri, subject_of
from maillage.events.journal import Entry
from maillage.fit import MOST, misfit

MSG_ID = "Nats-Msg-Id"
MOST_ID = 128
_READ_FROM = "nats-subject"
"""On what the server answers to who reads a message: the subject it is stored under."""
_propagator = TraceContextTextMapPropagator()
_REQUIRED = ("ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time")
# What the CloudEvents bindings leave as it is in a header: printable ASCII but space, quote and percent.
_SAFE = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"%')
_is_plain = re.compile(r"[!#$&-~]*").fullmatch  # the same characters: such a value is quoted already


class Malformed(ValueError):
    """A message whose headers are not those of a CloudEvent; the text says which, never their values."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event as it came from the stream (or from a test), its body not yet read."""

    event_id: UUID
    type: str
    source: str
    time: datetime
    subject: str
    data: bytes
    sequence: int | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def region(self) -> str:
        """Whose event it is: the first token of the subject, which permissions guard (headers are not)."""
        return self.subject.split(".", 1)[0]


def headers_of(entry: Entry, region: str) -> dict[str, str]:
    """The NATS headers of a journal entry. The dedup id is the event's id."""
    service = entry.type.split(".")[2]
    attributes = {
        "specversion": "1.0",
        "id": str(entry.event_id),
        "type": entry.type,
        "source": f"/{region}/{service}",
        "subject": entry.entity_id,
        "time": entry.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": schema_uri(entry.type),
        "sequence": None if entry.sequence is None else str(entry.sequence),
        "correlationid": entry.correlation_id,
        "causationid": entry.causation_id,
    }
    headers = {f"ce-{name}": _quoted(value) for name, value in attributes.items() if value is not None}
    headers |= {MSG_ID: str(entry.event_id), "content-type": "application/json"}
    if entry.traceparent:
        headers["traceparent"] = entry.traceparent
    return headers


def event_id_of(headers: Mapping[str, str]) -> str:
    """Which event a message is, "" for none. The server's own id is another for one that was given back."""
    return headers.get("ce-id", headers.get(MSG_ID, ""))


def _quoted(value: str) -> str:
    return value if _is_plain(value) else quote(value, safe=_SAFE)


def subject_for(entry: Entry, region: str) -> str:
    """The NATS subject a journal entry is published on."""
    return subject_of(region, entry.type, entry.entity_id)


def parse(subject: str, raw: Mapping[str, str] | None, data: bytes) -> Incoming:
    """Read a message's headers. Raises Malformed when one that is needed is missing or unreadable."""
    headers = dict(raw or {})
    given = {
        name.lower(): unquote(value) for name, value in headers.items() if name.lower().startswith("ce-")
    }
    missing = [name for name in _REQUIRED if not given.get(name)]
    if missing:
        raise Malformed(f"headers missing: {', '.join(missing)}")
    if given["ce-specversion"] != "1.0":
        raise Malformed("ce-specversion is not 1.0")
    sequence = given.get("ce-sequence")
    return Incoming(
        event_id=_uuid(given["ce-id"]),
        type=given["ce-type"],
        source=given["ce-source"],
        time=_time(given["ce-time"]),
        subject=subject,
        data=data,
        sequence=None if sequence is None else _integer(sequence),
        correlation_id=_short(given, "ce-correlationid"),
        causation_id=_short(given, "ce-causationid"),
        headers=headers,
    )


def require_origin(incoming: Incoming, region: str) -> None:
    """Raise Malformed unless the event is in every respect one of `region`'s, as its feed may only hold.

    Subject, source and type are each said by the publisher; a feed where they differ is trying something.
    """
    if incoming.region != region:
        raise Malformed(f"a subject of {incoming.region} in the feed of {region}")
    if not incoming.source.startswith(f"/{region}/"):
        raise Malformed(f"ce-source does not begin with /{region}/")
    require_type(incoming)


def require_type(incoming: Incoming) -> None:
    """Raise Malformed unless the event's type is its subject's: who may publish what is said of subjects."""
    if any(name.lower() == _READ_FROM for name in incoming.headers):
        # Who may read a stream can name any subject for the answer to go to, and no permission is asked.
        raise Malformed("an answer of the server's, not a publication")
    if incoming.subject.rpartition(".")[0] != subject_of(incoming.region, incoming.type, "").rstrip("."):
        raise Malformed("ce-type is not the subject's")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Malformed("ce-id is not a UUID") from None


def _integer(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise Malformed("ce-sequence is not an integer") from None
    if not 0 <= number < MOST:
        raise Malformed("ce-sequence is out of range")
    return number


def _short(given: Mapping[str, str], name: str) -> str | None:
    """An id that comes along and goes into the journal as it is."""
    text = given.get(name)
    if text is not None and (len(text) > MOST_ID or not text.isprintable()):
        raise Malformed(f"{name} is not an id")
    return text


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("ce-time is not an RFC 3339 time") from None
    if moment.tzinfo is None:
        raise Malformed("ce-time has no time zone")
    if misfit(moment):
        raise Malformed("ce-time is out of range")
    return moment.astimezone(UTC)


def trace_context(headers: Mapping[str, str]) -> TraceContext:
    """The trace a message belongs to; an empty one when it names none."""
    # An explicit empty context: whatever surrounds the consumer in this process is not the cause.
    empty = TraceContext()
    return _propagator.extract(dict(headers), context=empty) if "traceparent" in headers else empty


def span_link(traceparent: str | None) -> trace.Link | None:
    """A link to the span an entry was recorded in."""
    if not traceparent:
        return None
    span = trace.get_current_span(trace_context({"traceparent": traceparent})).get_span_context()
    return trace.Link(span) if span.is_valid else None
