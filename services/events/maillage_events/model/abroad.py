"""Seminars of other regions, and the seats our coordinators ask for there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from maillage import clock
from maillage.db import Json, UTCDateTime, Versioned
from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from maillage_events.model.base import Base
from maillage_events.model.registration import CONFIRMED, OFFERED, WAITLISTED

OPEN, SHUT = "open", "shut"
REQUESTED, REFUSED = "requested", "refused"
STANDING = frozenset({REQUESTED, CONFIRMED, WAITLISTED, OFFERED})
"""The states in which a request may still come to a seat."""

_STANDING = text("status IN ('requested', 'confirmed', 'waitlisted', 'offered')")


class NeighbourSeminar(Base):
    """A seminar of another region as that region last told it.

    `told` orders what it tells (empty when its region does not number its messages), `told_at` is when; the
    `whole` ones are of the latest that told its facts (ADR 0054). One that is heard of only by its end is
    kept too, without facts, so that a late word of it opens nothing.
    """

    __tablename__ = "neighbour_seminar"
    __table_args__ = (Index("ix_neighbour_seminar_status_starts_at", "status", "starts_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(index=True)
    status: Mapped[str]
    shut_reason: Mapped[str | None]
    title: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    time_zone: Mapped[str] = mapped_column(default="Europe/Paris")
    format: Mapped[str] = mapped_column(default="onsite")
    venue: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    capacity: Mapped[int | None]
    seats_left: Mapped[int | None]
    registration_opens_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    registration_closes_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tracks: Mapped[list[str]] = mapped_column(Json, default=list)
    skills: Mapped[list[str]] = mapped_column(Json, default=list)
    url: Mapped[str | None]
    sequence: Mapped[int] = mapped_column(default=0)
    told: Mapped[int | None]
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
    whole_told: Mapped[int | None] = mapped_column(BigInteger)
    whole_told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(
        UTCDateTime, default=clock.now, onupdate=clock.now, index=True
    )

    def is_open(self, now: datetime) -> bool:
        """Whether a request is worth sending: the host alone decides."""
        opened = self.registration_opens_at is None or self.registration_opens_at <= now
        closed = self.registration_closes_at is not None and now > self.registration_closes_at
        return self.status == OPEN and opened and not closed


class GuestRequest(Versioned, Base):
    """A seat one of ours asks for at another region's seminar, and what the host has answered.

    `told` is the host's number of its last answer; `accepted_at` when she took a seat offered, which counts
    once the host confirms. Without a person it is what erasure left.
    """

    __tablename__ = "guest_request"
    __table_args__ = (
        Index(
            "uq_guest_request_standing",
            "seminar_id",
            "coordinator_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    seminar_id: Mapped[UUID] = mapped_column(index=True)
    host_region: Mapped[str]
    coordinator_id: Mapped[UUID | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(default=REQUESTED)
    position: Mapped[int | None]
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str | None]
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    told: Mapped[int | None]

    @property
    def is_standing(self) -> bool:
        return self.status in STANDING

    def end(self, status: str, reason: str) -> None:
        """It comes to no seat any more, for this reason."""
        self.status, self.reason = status, reason
        self.position = self.expires_at = None
