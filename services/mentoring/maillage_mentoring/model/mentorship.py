"""A mentor and her mentee at work: the agreement, the meetings, what each says of it at the end."""

from datetime import date
from uuid import UUID

from maillage.db import Uuid, Versioned
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from maillage_mentoring.model.base import Base


class Mentorship(Versioned, Base):
    """A pair. Its goals and its meetings' topics stay between the two and never leave this service."""

    __tablename__ = "mentorship"
    __table_args__ = (
        Index("ix_mentorship_mentor_id_status", "mentor_id", "status"),
        Index("ix_mentorship_status_mentor_id", "status", "mentor_id"),
        Index(
            "uq_mentorship_active_pair",
            "mentee_id",
            "mentor_id",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
    )

    request_id: Mapped[UUID | None] = mapped_column(Uuid(), index=True, default=None)
    mentee_id: Mapped[UUID] = mapped_column(Uuid(), index=True)
    mentor_id: Mapped[UUID] = mapped_column(Uuid())
    status: Mapped[str] = mapped_column(String(20), default="active")
    started_on: Mapped[date] = mapped_column(Date())
    ended_on: Mapped[date | None] = mapped_column(Date(), default=None)
    end_reason: Mapped[str | None] = mapped_column(String(40), default=None)
    handover_request_id: Mapped[UUID | None] = mapped_column(Uuid(), default=None)
    goals: Mapped[str | None] = mapped_column(Text(), default=None)
    cadence_days: Mapped[int | None] = mapped_column(Integer(), default=None)

    @property
    def is_active(self) -> bool:
        return self.status == "active"


class Meeting(Versioned, Base):
    """They met. Only that and how long counts outside; the topics are theirs."""

    __tablename__ = "meeting"
    __table_args__ = (CheckConstraint("duration_minutes > 0", name="duration"),)

    mentorship_id: Mapped[UUID] = mapped_column(ForeignKey("mentorship.id"), index=True)
    held_on: Mapped[date] = mapped_column(Date())
    duration_minutes: Mapped[int] = mapped_column(Integer())
    topics: Mapped[str | None] = mapped_column(Text(), default=None)
    recorded_by: Mapped[UUID] = mapped_column(Uuid())


class Feedback(Versioned, Base):
    """What one of the two says of the mentorship: a rating of 1 to 5, and words if she likes."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("mentorship_id", "author_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    )

    mentorship_id: Mapped[UUID] = mapped_column(ForeignKey("mentorship.id"))
    author_id: Mapped[UUID] = mapped_column(Uuid())
    rating: Mapped[int] = mapped_column(Integer())
    comment: Mapped[str | None] = mapped_column(Text(), default=None)
