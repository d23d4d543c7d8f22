"""Seminars and their workshops, with the rules of their life: draft, published, completed or cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.db import Json, UTCDateTime, Versioned
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from maillage_events.errors import FieldFrozen, WrongSeminarStatus
from maillage_events.model.base import Base, touch

DRAFT, PUBLISHED, CANCELLED, COMPLETED = "draft", "published", "cancelled", "completed"
# Whom a seminar is for: the coordinators of this region, or those of all regions.
REGION, NATIONAL = "region", "national"

# A change of one of these makes a calendar show something else: the calendar's SEQUENCE moves on with it.
SHOWN_IN_CALENDARS = frozenset(
    {"title", "summary", "starts_at", "ends_at", "time_zone", "format", "venue", "address", "city", "room"}
)
EDITABLE_AFTERWARDS = frozenset({"summary", "description"})


class Seminar(Versioned, Base):
    """A gathering of coordinators over one or more days. `page` is its address in the portal."""

    __tablename__ = "seminar"
    __table_args__ = (Index("ix_seminar_status_starts_at", "status", "starts_at"),)

    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    time_zone: Mapped[str]
    format: Mapped[str]
    venue: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    department: Mapped[str | None]
    registration_opens_at: Mapped[datetime] = mapped_column(UTCDateTime)
    registration_closes_at: Mapped[datetime] = mapped_column(UTCDateTime)
    change_until: Mapped[datetime] = mapped_column(UTCDateTime)
    offer_minutes: Mapped[int]
    tracks: Mapped[list[str]] = mapped_column(Json, default=list)
    skills: Mapped[list[str]] = mapped_column(Json, default=list)
    status: Mapped[str] = mapped_column(default=DRAFT)
    sequence: Mapped[int] = mapped_column(default=0)
    audience: Mapped[str] = mapped_column(default=REGION, server_default=REGION)
    page: Mapped[str | None]

    @property
    def is_open_abroad(self) -> bool:
        """Whether coordinators of other regions may see it and ask for a seat."""
        return self.status == PUBLISHED and self.audience == NATIONAL

    def is_open(self, now: datetime) -> bool:
        """Whether a coordinator may register by herself at this moment."""
        return self.status == PUBLISHED and self.registration_opens_at <= now <= self.registration_closes_at

    def holds(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether this time lies within the seminar's."""
        return self.starts_at <= starts_at and ends_at <= self.ends_at

    def expect_status(self, *allowed: str) -> None:
        """Raises WrongSeminarStatus when the seminar is in none of the allowed states."""
        if self.status not in allowed:
            raise WrongSeminarStatus(status=self.status, allowed=", ".join(allowed))

    def edit(self, changes: dict[str, Any], *, now: datetime) -> None:
        """Apply changes that the seminar's state allows; raises FieldFrozen for the first it does not."""
        for field in changes:
            if not self._may_edit(field):
                raise FieldFrozen(field=field, status=self.status)
        self.note_change(changes, now=now)
        for field, value in changes.items():
            setattr(self, field, value)

    def note_change(self, fields: dict[str, Any], *, now: datetime) -> None:
        """Move the version on, and SEQUENCE where calendars show it; also for workshops and seats."""
        touch(self, now)
        if self.status == PUBLISHED and SHOWN_IN_CALENDARS & fields.keys():
            self.sequence += 1

    def publish(self) -> None:
        self.expect_status(DRAFT)
        self.status = PUBLISHED

    def cancel(self) -> None:
        self.expect_status(DRAFT, PUBLISHED)
        self.status = CANCELLED
        self.sequence += 1

    def complete(self) -> None:
        self.expect_status(PUBLISHED)
        self.status = COMPLETED

    def _may_edit(self, field: str) -> bool:
        if self.status == PUBLISHED:
            return field != "slug"
        return self.status == DRAFT or (self.status == COMPLETED and field in EDITABLE_AFTERWARDS)


class Workshop(Versioned, Base):
    """One session of a seminar that people choose; its seats are in its own SeatPool."""

    __tablename__ = "workshop"

    seminar_id: Mapped[UUID] = mapped_column(ForeignKey("seminar.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    track: Mapped[str | None]
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    room: Mapped[str] = mapped_column(default="")
    speakers: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    skills: Mapped[list[str]] = mapped_column(Json, default=list)

    def overlaps(self, other: Workshop) -> bool:
        """Whether nobody could attend both; one that starts when the other ends does not overlap."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at
