"""What answers look like."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Mismatch = Literal[
    "never-seen",
    "undeclared",
    "unknown-schema",
    "unknown-source",
    "not-public",
    "reader-missing",
    "reader-undeclared",
    "malformed",
]


class ReaderOut(BaseModel):
    """A service that reads a type: as it declares, and as the bus is configured (null: not known)."""

    service: str
    declared: bool
    configured: bool | None
    handlers: str = Field("", description="Names of its handlers, as it declares them")


class SeenOut(BaseModel):
    """What was observed of a type from one source in one stream."""

    region: str
    stream: str
    source: str
    dataschema: str
    count: int
    first_seen: datetime
    last_seen: datetime


class EventTypeOut(BaseModel):
    """One event type in the list. `seen`: observed on the bus; null while the bus has not been read."""

    type: str = Field(description="As consumers write it, without the prefix `fr.maillage.`")
    full_type: str = Field(description="The CloudEvents type")
    owner: str
    version: int
    description: str
    visibility: Literal["public", "internal", "private"] = Field(
        description="public: may leave the region; private: never may; internal: does not"
    )
    personal: bool = Field(description="Its body holds facts about a person")
    declared: bool
    seen: bool | None
    published_by: list[str]
    consumed_by: list[ReaderOut]
    mismatches: list[Mismatch]


class EventTypeDetail(EventTypeOut):
    """One event type with its contract. `observed` is for administrators, else null."""

    subject: str
    dataschema: str
    json_schema: dict[str, Any] | None
    example: Any = Field(description="Made from the schema, with invented values")
    observed: list[SeenOut] | None


class EventOut(BaseModel):
    """One event as it may be shown. `data` is masked; null once erased, or when the bus is away."""

    number: int = Field(description="Order of observation; the id in the live stream")
    stream: str
    sequence: int
    event_id: str
    region: str
    type: str
    source: str
    dataschema: str
    entity_id: str | None
    entity_sequence: int | None
    correlation_id: str | None
    causation_id: str | None
    time: datetime
    problem: str | None
    body: Literal["whole", "masked", "erased", "away"]
    data: Any


class ThreadEventOut(EventOut):
    """An event of a correlation. `depth` is 0 for those that nothing here caused."""

    depth: int


class CorrelationOut(BaseModel):
    """Everything that followed from one beginning: causes before effects, as a tree written line by line."""

    correlation_id: str
    services: list[str]
    started_at: datetime
    ended_at: datetime
    complete: bool = Field(description="False when more events belong to it than are listed")
    events: list[ThreadEventOut]


class FlowOut(BaseModel):
    """One type that crosses, as observed."""

    type: str
    personal: bool
    count: int
    first_seen: datetime | None
    last_seen: datetime | None


class SentOut(BaseModel):
    """What may leave, and to one region: `since` is when its copy was first seen, null when never."""

    region: str
    expected: bool = Field(description="A peer region by setting")
    since: datetime | None
    last_seen: datetime | None
    present: bool
    subjects: list[str] = Field(description="What its copy is filtered on, as the bus has it")
    types: list[FlowOut]


class ReceivedOut(BaseModel):
    """What comes from one region; `silence` in seconds since its server was heard, null when not known."""

    region: str
    stream: str
    problem: str | None
    silence: int | None
    lag: int | None
    looked_at: datetime | None
    types: list[FlowOut]


class FlowsOut(BaseModel):
    """What this region sends and receives, and the list of what may leave."""

    region: str
    public: list[FlowOut]
    kept: int = Field(description="Declared types that do not leave the region")
    copies_known: bool = Field(description="Whether the bus's monitoring is asked who copies")
    sent: list[SentOut]
    received: list[ReceivedOut]
