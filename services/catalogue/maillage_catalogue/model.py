"""What was observed on the bus: headers and places, never a body.

A body is read from the stream when somebody looks at it, and masked; so an event erased from the stream is
gone from here too, and no fact about a person is ever copied.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from maillage.db import ServiceBase
from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

RowId = BigInteger().with_variant(Integer(), "sqlite")


class Base(ServiceBase, DeclarativeBase):
    """The catalogue's tables."""


class ObservedEvent(Base):
    """One event of one stream. `number` counts in the order of observation: within a stream, its order.

    `problem` is a code when the message is not one of ours: see `observing.problem_of`. Identifiers that are
    not UUIDs could be anything, a name too: they are kept as null.
    """

    __tablename__ = "observed_event"
    __table_args__ = (
        UniqueConstraint("stream", "event_id"),
        Index("ix_observed_event_type", "type", "number"),
        Index("ix_observed_event_entity", "entity_id", "number"),
        Index("ix_observed_event_correlation", "correlation_id", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    stream: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[str] = mapped_column(String(128))
    region: Mapped[str] = mapped_column(String(16))
    type: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(100))
    schema: Mapped[str] = mapped_column(String(250))
    entity_id: Mapped[str | None] = mapped_column(String(36))
    entity_sequence: Mapped[int | None] = mapped_column(BigInteger)
    correlation_id: Mapped[str | None] = mapped_column(String(36))
    causation_id: Mapped[str | None] = mapped_column(String(36))
    time: Mapped[datetime] = mapped_column(index=True)
    problem: Mapped[str | None] = mapped_column(String(32))


class ObservedType(Base):
    """How often a type came from a source in a stream, under which schema, first and last when."""

    __tablename__ = "observed_type"
    stream: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(200), primary_key=True)
    source: Mapped[str] = mapped_column(String(100), primary_key=True)
    schema: Mapped[str] = mapped_column(String(250), primary_key=True)
    region: Mapped[str] = mapped_column(String(16))
    count: Mapped[int] = mapped_column(BigInteger)
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]


class StreamPlace(Base):
    """How far a stream has been read, and how its link is when it is a copy of another region's.

    `created` tells one store from the next: the sequences of a new one begin again. `silence` is how many
    seconds ago the origin was last heard, `lag` how many messages are still to come.
    """

    __tablename__ = "stream_place"
    stream: Mapped[str] = mapped_column(String(64), primary_key=True)
    region: Mapped[str] = mapped_column(String(16))
    created: Mapped[str | None] = mapped_column(String(64))
    next_sequence: Mapped[int] = mapped_column(BigInteger, default=1)
    looked_at: Mapped[datetime | None]
    silence: Mapped[int | None] = mapped_column(BigInteger)
    lag: Mapped[int | None] = mapped_column(BigInteger)
    problem: Mapped[str | None] = mapped_column(String(64))


class ObservedReader(Base):
    """Who is configured on the bus to read what of a stream: a service's durable, or another region's copy.

    `region` is set for the copy that another region pulls. One that is gone keeps its row: `last_seen` says
    since when.
    """

    __tablename__ = "observed_reader"
    stream: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    region: Mapped[str | None] = mapped_column(String(16))
    subjects: Mapped[list[str]]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    present: Mapped[bool]


class FetchedDocument(Base):
    """An AsyncAPI document fetched from an address named in the settings; the last good one is kept."""

    __tablename__ = "fetched_document"
    address: Mapped[str] = mapped_column(String(500), primary_key=True)
    content: Mapped[dict[str, Any] | None]
    fetched_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(100))
