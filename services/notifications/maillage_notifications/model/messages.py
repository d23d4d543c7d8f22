"""One row per delivery, and what the recipient decided about deliveries.

A message keeps its topic and the ids it speaks of, never a text: the words are made when it is read or sent,
so that a person who is erased disappears from everybody's inbox at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.db import Versioned
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base

IN_APP, EMAIL = "in_app", "email"
CHANNELS = (IN_APP, EMAIL)

PENDING, DEFERRED, SENT, SKIPPED, FAILED = "pending", "deferred", "sent", "skipped", "failed"
STATES = (PENDING, DEFERRED, SENT, SKIPPED, FAILED)

UNREAD = text("read_at IS NULL AND number IS NOT NULL")


class Message(Versioned, Base):
    """One delivery of one topic to one person by one channel.

    `key` is unique per event, recipient, topic and channel: an event twice is one message. `number`
    counts one person's in-app messages in the order they became visible; it is the id in the live stream.
    `not_before` is the moment of the next attempt, `due_at` the moment the thing it asks for is too late.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("recipient_id", "number"),
        Index("ix_message_delivery", "channel", "state", "not_before"),
        # Few of a person's messages are unread; they are counted with every page of her inbox.
        Index(
            "ix_message_unread",
            "recipient_id",
            "read_at",
            "number",
            sqlite_where=UNREAD,
            postgresql_where=UNREAD,
        ),
    )

    recipient_id: Mapped[UUID]
    topic: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    params: Mapped[dict[str, Any]]
    decision: Mapped[dict[str, Any]]
    event_id: Mapped[UUID | None]
    key: Mapped[str] = mapped_column(String(200), unique=True)
    number: Mapped[int | None] = mapped_column(BigInteger)
    due_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class Mention(Base):
    """A person a message speaks of, beside its recipient."""

    __tablename__ = "mention"
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class InboxCounter(Base):
    """The last number given in a person's inbox.

    Updating it makes that person's writers queue until they commit, so that a reader of the stream never
    meets number 8 before number 7.
    """

    __tablename__ = "inbox_counter"
    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class Preference(Versioned, Base):
    """What a person chose; `id` is hers. `choices`: topic -> channel -> "on" or "off"; absent: the default.

    `quiet_hours`: {start, end, time_zone, weekends} or null.
    """

    __tablename__ = "preference"
    choices: Mapped[dict[str, Any]]
    quiet_hours: Mapped[dict[str, Any] | None]


class SigningKey(Base):
    """The secret behind unsubscribe links, made once per installation."""

    __tablename__ = "signing_key"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
