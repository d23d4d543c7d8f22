"""A coordinator's offer to mentor others, and what it still has room for."""

from datetime import date

from maillage.db import Json, Versioned
from sqlalchemy import Boolean, CheckConstraint, Date, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from maillage_mentoring.model.base import Base

DEFAULT_CAPACITY = 2


class MentorProfile(Versioned, Base):
    """Her offer. Its id is the coordinator's id: one person, one offer."""

    __tablename__ = "mentor_profile"
    __table_args__ = (
        CheckConstraint("capacity >= 1", name="capacity"),
        CheckConstraint("max_pending >= 1", name="max_pending"),
    )

    active: Mapped[bool] = mapped_column(Boolean(), default=False)
    capacity: Mapped[int] = mapped_column(Integer(), default=DEFAULT_CAPACITY)
    """Mentorships she carries at the same time."""
    max_pending: Mapped[int] = mapped_column(Integer(), default=DEFAULT_CAPACITY)
    """Proposals that may wait for her answer at the same time."""
    skills: Mapped[list[str]] = mapped_column(Json, default=list)
    challenges: Mapped[list[str]] = mapped_column(Json, default=list)
    note: Mapped[str | None] = mapped_column(Text(), default=None)
    paused_until: Mapped[date | None] = mapped_column(Date(), default=None)
    """First day on which she is available again."""

    def is_available(self, on: date) -> bool:
        """Offering, and not in a pause on that day; says nothing of her load."""
        return self.active and (self.paused_until is None or self.paused_until <= on)
