"""What other services told about people, CPTS, posts and seminars: copies made from events, not edited here.

`sequence` is the version of the fact that wrote the row: an older event never overwrites a newer one.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from maillage.auth import EndedTokensTable
from maillage.db import Json, UTCDateTime, Uuid
from maillage.events import Copied
from sqlalchemy import Date, Float, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from maillage_mentoring.model.base import Base


class Coordinator(Copied, Base):
    """A person of the network: what her reach lets travel."""

    __tablename__ = "coordinator"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    first_name: Mapped[str | None] = mapped_column(String(200), default=None)
    last_name: Mapped[str | None] = mapped_column(String(200), default=None)
    status: Mapped[str] = mapped_column(String(20), default="active")
    """active, left or erased; from erased there is no way back."""
    confirmed_on: Mapped[date | None] = mapped_column(Date(), default=None)
    challenges: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    skills: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    reach: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    sequence: Mapped[int] = mapped_column(Integer(), default=0)

    def challenges_met(self, *stances: str) -> list[str]:
        """Slugs of her challenges, of these stances only when some are named."""
        return [c["challenge"] for c in self.challenges if not stances or c.get("stance") in stances]

    def skills_with(self, stance: str) -> list[str]:
        """Slugs of the skills she `offers` or `seeks`."""
        return [s["skill"] for s in self.skills if s.get("stance") == stance]


class Cpts(Copied, Base):
    """A CPTS: public facts only."""

    __tablename__ = "cpts"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    name: Mapped[str] = mapped_column(String(300), default="")
    status: Mapped[str] = mapped_column(String(40), default="")
    departments: Mapped[list[str]] = mapped_column(Json, default=list)
    challenges: Mapped[list[str]] = mapped_column(Json, default=list)
    territory_types: Mapped[list[str]] = mapped_column(Json, default=list)
    lat: Mapped[float | None] = mapped_column(Float(), default=None)
    lon: Mapped[float | None] = mapped_column(Float(), default=None)
    sequence: Mapped[int] = mapped_column(Integer(), default=0)


class Position(Base):
    """Who holds or held which post. Either of its two events may come first."""

    __tablename__ = "position"
    __table_args__ = (Index("ix_position_coordinator_id_ended_on", "coordinator_id", "ended_on"),)

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    coordinator_id: Mapped[UUID] = mapped_column(Uuid())
    cpts_id: Mapped[UUID] = mapped_column(Uuid())
    title: Mapped[str | None] = mapped_column(String(40), default=None)
    started_on: Mapped[date | None] = mapped_column(Date(), default=None)
    ended_on: Mapped[date | None] = mapped_column(Date(), default=None)


class SeminarSeat(Base):
    """A registration as far as the pathway needs it: was it ever confirmed, was the seminar attended."""

    __tablename__ = "seminar_seat"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    """The registration's id."""
    coordinator_id: Mapped[UUID] = mapped_column(Uuid(), index=True)
    seminar_id: Mapped[UUID] = mapped_column(Uuid())
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime(), default=None)
    attended_at: Mapped[datetime | None] = mapped_column(UTCDateTime(), default=None)
    """The first presence that still counts."""
    presences: Mapped[dict[str, str | None]] = mapped_column(Json, default=dict, server_default="{}")
    """When each attendance was noted, by its id; none once it was withdrawn, for good."""


class EndedTokens(EndedTokensTable, Base):
    """Whose tokens from before a moment are good no more, as the directory told."""
