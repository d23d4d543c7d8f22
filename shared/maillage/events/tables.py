"""The kit's tables in a service's database: journal, inbox, timers and the consumer's place in the stream.

`build` adds them to a service's metadata so that its migrations create them. The kit itself works on its own
copy (`KIT`): same names, same columns, hence the same SQL, and no need to know which service it is in.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from maillage.db.types import Json, UTCDateTime

# SQLite gives an automatic, never reused rowid to INTEGER only.
_RowId = BigInteger().with_variant(Integer(), "sqlite")


@dataclass(frozen=True, slots=True)
class EventTables:
    """The event machinery's tables as defined on one MetaData."""

    outbox: Table
    inbox: Table
    timer: Table
    consumer_mark: Table


def build(metadata: MetaData) -> EventTables:
    """Define the tables on `metadata` and return them."""
    return EventTables(_outbox(metadata), _inbox(metadata), _timer(metadata), _consumer_mark(metadata))


def _outbox(metadata: MetaData) -> Table:
    """The journal: every event this service ever published, in its own words. Rows stay."""
    return Table(
        "outbox",
        metadata,
        Column("id", _RowId, primary_key=True, autoincrement=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("type", String(200), nullable=False),
        Column("entity_id", String(64), nullable=False),
        Column("sequence", BigInteger),
        Column("time", UTCDateTime(), nullable=False),
        Column("correlation_id", String(128)),
        Column("causation_id", String(128)),
        Column("traceparent", String(64)),
        Column("data", Text, comment="the JSON body as published; null once erased"),
        Column("published_at", UTCDateTime()),
        Column("stream_sequence", BigInteger),
        Column("erased_at", UTCDateTime()),
        Column("refused", String(200), comment="why the stream can never take it, if so"),
        Index("ix_outbox_unpublished", "published_at", "id"),
        Index("ix_outbox_entity", "entity_id"),
        sqlite_autoincrement=True,
    )


def _inbox(metadata: MetaData) -> Table:
    """One row per event handled: what makes a second delivery harmless."""
    return Table(
        "inbox",
        metadata,
        Column("consumer", String(64), primary_key=True),
        Column("event_id", String(128), primary_key=True),
        Column("handled_at", UTCDateTime(), nullable=False),
    )


def _timer(metadata: MetaData) -> Table:
    """A deadline: what is to happen (name), about what (key), when."""
    return Table(
        "timer",
        metadata,
        Column("id", _RowId, primary_key=True, autoincrement=True),
        Column("name", String(64), nullable=False),
        Column("key", String(128), nullable=False),
        Column("due_at", UTCDateTime(), nullable=False),
        Column("payload", Json),
        Column("attempts", Integer, nullable=False, default=0, server_default="0"),
        Column("last_error", Text),
        UniqueConstraint("name", "key", name="uq_timer_name_key"),
        Index("ix_timer_due_at", "due_at"),
    )


def _consumer_mark(metadata: MetaData) -> Table:
    """That this database has consumed before; how far its rebuild goes; what it was trying when it died."""
    return Table(
        "consumer_mark",
        metadata,
        Column("consumer", String(64), primary_key=True),
        Column("created_at", UTCDateTime(), nullable=False),
        Column("stream_created", String(64), comment="which store the sequence below counts in"),
        Column("replay_until", BigInteger, nullable=False, default=0, server_default="0"),
        Column("reset_to", BigInteger, comment="a reset of the durable still to be asked for"),
        Column("suspect", String(128)),
        Column("suspect_tries", Integer, nullable=False, default=0, server_default="0"),
    )


KIT = build(MetaData())
