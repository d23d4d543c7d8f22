"""A coordinator's profile: what she says of herself, and how far each field may be seen."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from maillage.db import Versioned
from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maillage_directory.model.base import Base

if TYPE_CHECKING:
    from maillage_directory.model.account import Account
    from maillage_directory.model.position import Position

ACTIVE, LEFT, ERASED = "active", "left", "erased"


class Coordinator(Versioned, Base):
    """A person of the collective. Who left her last post stays, as a resource person, with status `left`.

    After erasure the row remains without a word about anyone: other rows and other services know the id.
    Each `reach_…` column names the widest circle that may see the field (reach.py decides).
    """

    __tablename__ = "coordinator"
    # The order of the list: without it every page of it sorts everybody.
    __table_args__ = (Index("ix_coordinator_search_name_id", "search_name", "id"),)

    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(40))
    bio: Mapped[str | None] = mapped_column(Text)
    search_name: Mapped[str | None] = mapped_column(String(250))
    status: Mapped[str] = mapped_column(String(10), default=ACTIVE, index=True)
    joined_on: Mapped[date] = mapped_column(Date)
    confirmed_on: Mapped[date | None] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date)
    erased_at: Mapped[datetime | None]

    reach_name: Mapped[str] = mapped_column(String(12))
    reach_email: Mapped[str] = mapped_column(String(12))
    reach_phone: Mapped[str] = mapped_column(String(12))
    reach_bio: Mapped[str] = mapped_column(String(12))
    reach_skills: Mapped[str] = mapped_column(String(12))
    reach_challenges: Mapped[str] = mapped_column(String(12))

    account: Mapped[Account] = relationship(
        lazy="selectin", primaryjoin="Coordinator.id == foreign(Account.id)", viewonly=True
    )
    challenges: Mapped[list[CoordinatorChallenge]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="CoordinatorChallenge.rank"
    )
    skills: Mapped[list[CoordinatorSkill]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="CoordinatorSkill.rank"
    )
    positions: Mapped[list[Position]] = relationship(
        lazy="selectin",
        viewonly=True,
        foreign_keys="Position.coordinator_id",
        order_by="Position.started_on.desc(), Position.id.desc()",
    )

    @property
    def is_erased(self) -> bool:
        return self.status == ERASED


class CoordinatorChallenge(Base):
    """A challenge she met: working on it, has solved it, or can help with it."""

    __tablename__ = "coordinator_challenge"

    coordinator_id: Mapped[UUID] = mapped_column(
        ForeignKey("coordinator.id", ondelete="CASCADE"), primary_key=True
    )
    challenge: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
    stance: Mapped[str] = mapped_column(String(10))
    since_year: Mapped[int | None] = mapped_column(Integer)
    rank: Mapped[int] = mapped_column(Integer)


class CoordinatorSkill(Base):
    """A skill she offers or seeks, with her level from 1 (beginner) to 4 (can teach it)."""

    __tablename__ = "coordinator_skill"

    coordinator_id: Mapped[UUID] = mapped_column(
        ForeignKey("coordinator.id", ondelete="CASCADE"), primary_key=True
    )
    skill: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
    stance: Mapped[str] = mapped_column(String(10))
    level: Mapped[int] = mapped_column(Integer)
    rank: Mapped[int] = mapped_column(Integer)
