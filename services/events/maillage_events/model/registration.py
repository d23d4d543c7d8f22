"""Registrations, the workshop seats they hold, and attendance."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.db import Json, UTCDateTime, Versioned
from maillage.ids import new_id
from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from maillage_events.model.base import Base
from maillage_events.tickets import new_ticket_code

CONFIRMED, OFFERED, WAITLISTED, CANCELLED = "confirmed", "offered", "waitlisted", "cancelled"
# A workshop that someone on the seminar's waiting list would like: she holds nothing and does not queue.
WANTED = "wanted"

_ACTIVE = text("status <> 'cancelled'")


class Registration(Versioned, Base):
    """One person's registration for one seminar. Without a person it is what erasure left: a count.

    A guest's has the id her region gave her request, and that region as `guest_region`.
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index(
            "uq_registration_active_person",
            "seminar_id",
            "coordinator_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index("ix_registration_queue", "seminar_id", "status", "place"),
    )

    seminar_id: Mapped[UUID] = mapped_column(ForeignKey("seminar.id"))
    coordinator_id: Mapped[UUID | None] = mapped_column(index=True)
    registered_by: Mapped[UUID | None]
    status: Mapped[str]
    place: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    ticket_code: Mapped[str | None] = mapped_column(unique=True)
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    offer_expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancel_reason: Mapped[str | None]
    cancel_note: Mapped[str | None]
    guest_region: Mapped[str | None]

    @property
    def is_active(self) -> bool:
        return self.status != CANCELLED

    def confirm(self, now: datetime) -> None:
        """Hold the seat for good and print the ticket."""
        self.status, self.confirmed_at, self.offer_expires_at = CONFIRMED, now, None
        self.ticket_code = self.ticket_code or new_ticket_code()

    def offer(self, expires_at: datetime) -> None:
        """Hold the seat until `expires_at`, for the person to accept or decline."""
        self.status, self.offer_expires_at = OFFERED, expires_at

    def cancel(self, reason: str, note: str | None, now: datetime) -> None:
        """Give up seat or place; the ticket code stays, so that a late scan can be told why it is refused."""
        self.status, self.cancelled_at, self.offer_expires_at = CANCELLED, now, None
        self.cancel_reason, self.cancel_note = reason, note

    def anonymise(self) -> None:
        """Leave a count without a person: no id, no answers, no note, no ticket."""
        self.coordinator_id = None
        self.answers, self.cancel_note, self.ticket_code = {}, None, None


class WorkshopSeat(Base):
    """A registration's claim on one workshop: confirmed, offered, waitlisted or wanted."""

    __tablename__ = "workshop_seat"
    __table_args__ = (
        UniqueConstraint("registration_id", "workshop_id"),
        Index("ix_workshop_seat_queue", "workshop_id", "status", "place"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    workshop_id: Mapped[UUID] = mapped_column(ForeignKey("workshop.id"))
    status: Mapped[str]
    place: Mapped[int] = mapped_column(default=0)
    # The workshop for which this seat is given up, as soon as the seat there is held and not before.
    yields_to: Mapped[UUID | None] = mapped_column(ForeignKey("workshop.id"))


class Attendance(Versioned, Base):
    """A presence: at the seminar (`workshop_id` is null) or in one workshop. Who, when, noted by whom."""

    __tablename__ = "attendance"
    __table_args__ = (
        Index(
            "uq_attendance_seminar",
            "registration_id",
            unique=True,
            sqlite_where=text("workshop_id IS NULL"),
            postgresql_where=text("workshop_id IS NULL"),
        ),
        UniqueConstraint("registration_id", "workshop_id"),
    )

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    seminar_id: Mapped[UUID] = mapped_column(ForeignKey("seminar.id"), index=True)
    workshop_id: Mapped[UUID | None] = mapped_column(ForeignKey("workshop.id"))
    coordinator_id: Mapped[UUID | None] = mapped_column(index=True)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[UUID | None]

    def forget(self, person_id: UUID) -> None:
        """Keep the presence as a count, without the person it is of or who noted it."""
        if self.coordinator_id == person_id:
            self.coordinator_id = None
        if self.recorded_by == person_id:
            self.recorded_by = None
