"""What other services told this one: names, addresses, posts, seminars. Copies for texts and calendars.

Every row keeps the sequence (aggregate version) it came with, so that a late event never undoes a fresh one.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from maillage.auth import EndedTokensTable
from maillage.events import Copied
from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Projection:
    """A copied fact: the id its owner gave it, and how fresh the copy is."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int | None] = mapped_column(BigInteger)

    def is_older_than(self, sequence: int | None) -> bool:
        """Whether news of `sequence` may replace this copy.

        Unnumbered news may, and news of the same version: one change may be told by several events.
        """
        return self.sequence is None or sequence is None or sequence >= self.sequence


class Ending(Projection, Copied):
    """A copied fact that some events tell whole, and others only end."""

    status: Mapped[str] = mapped_column(String(20))


class Person(Ending, Base):
    """How a coordinator is called."""

    __tablename__ = "person"
    first_name: Mapped[str] = mapped_column(String(200))
    last_name: Mapped[str] = mapped_column(String(200))


class Contact(Projection, Base):
    """Where to reach an account, in which language; operators have one without being a Person."""

    __tablename__ = "contact"
    email: Mapped[str] = mapped_column(String(320), index=True)
    language: Mapped[str] = mapped_column(String(8))
    roles: Mapped[list[str]]


class Cpts(Projection, Base):
    """The name of a CPTS."""

    __tablename__ = "cpts"
    name: Mapped[str] = mapped_column(String(300))


class Position(Projection, Base):
    """Who holds or held which post."""

    __tablename__ = "position"
    coordinator_id: Mapped[UUID] = mapped_column(index=True)
    cpts_id: Mapped[UUID]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]


class Seminar(Ending, Base):
    """What stands in a text or a calendar about a seminar.

    `workshops`: facts by workshop id. `calendar_sequence`: its own count of changes that calendars must see.
    Heard of first by its end, it has no title and no true dates.
    """

    __tablename__ = "seminar"
    title: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(String(64))
    format: Mapped[str] = mapped_column(String(20))
    venue: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    workshops: Mapped[dict[str, Any]]
    calendar_sequence: Mapped[int] = mapped_column(Integer)


class Registration(Projection, Base):
    """A seat or a place in a queue. `calendar_sequence`: the highest sent to her calendar, -1 before."""

    __tablename__ = "registration"
    seminar_id: Mapped[UUID] = mapped_column(index=True)
    coordinator_id: Mapped[UUID] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(20))
    workshop_ids: Mapped[list[str]]
    waitlisted_workshop_ids: Mapped[list[str]]
    calendar_sequence: Mapped[int] = mapped_column(Integer)


class Proposal(Projection, Base):
    """A mentor asked on behalf of a mentee, and what came of it."""

    __tablename__ = "proposal"
    request_id: Mapped[UUID]
    mentee_id: Mapped[UUID] = mapped_column(index=True)
    mentor_id: Mapped[UUID] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(20))
    answer_by: Mapped[datetime]


class Erased(Base):
    """Someone who asked to be forgotten: a late event about her must not bring her back.

    `confirmed_at`: when the directory was told, null until the database's files are clean.
    """

    __tablename__ = "erased"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    erasure_id: Mapped[UUID]
    erased_at: Mapped[datetime] = mapped_column(index=True)
    counts: Mapped[dict[str, Any]]
    confirmed_at: Mapped[datetime | None]


class EndedTokens(EndedTokensTable, Base):
    """Whose tokens from before a moment are good no more, as the directory told."""
