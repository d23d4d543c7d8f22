"""What this service knows of the network from others' events, and the seminars it suggests to newcomers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from maillage.auth import EndedTokensTable
from maillage.db import Json, UTCDateTime
from maillage.events import Copied
from maillage.ids import new_id
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maillage_events.model.base import Base

ACTIVE, LEFT, ERASED = "active", "left", "erased"
# From narrow to wide. A name is shown to whoever the reach includes.
REACHES = ("self", "collective", "region", "national", "public")


class Person(Copied, Base):
    """A coordinator's name as the directory last told it; once erased, a tombstone without a name.

    `region` is that of a neighbour, known by her card told at `told_at`; both are empty for our own.
    """

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=ACTIVE)
    name_reach: Mapped[str] = mapped_column(default="region")
    sequence: Mapped[int] = mapped_column(default=0)
    region: Mapped[str | None]
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def full_name(self) -> str:
        return f"{self.first_name or ''} {self.last_name or ''}".strip()

    def name_reaches(self, narrowest: str) -> bool:
        """Whether the name may be shown to viewers whom reach `narrowest` and wider includes."""
        reach = self.name_reach if self.name_reach in REACHES else "self"
        return self.status != ERASED and REACHES.index(reach) >= REACHES.index(narrowest)

    def erase(self) -> None:
        self.first_name = self.last_name = None
        self.status, self.name_reach = ERASED, "self"


class Post(Base):
    """Who holds or held which post, from when: tells newcomers from old hands, and who has left."""

    __tablename__ = "post"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    coordinator_id: Mapped[UUID] = mapped_column(index=True)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]


class Suggestion(Base):
    """A seminar proposed to a newcomer, with the reasons as codes.

    No foreign key: checking one would wait for the seminar's lock, and only a desk may do that.
    """

    __tablename__ = "suggestion"
    __table_args__ = (UniqueConstraint("coordinator_id", "seminar_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    coordinator_id: Mapped[UUID] = mapped_column(index=True)
    seminar_id: Mapped[UUID] = mapped_column(index=True)
    reasons: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Erasure(Base):
    """A person erased at her request: noted with what was done, confirmed once the files are clean."""

    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    coordinator_id: Mapped[UUID]
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    erased_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]


class EndedTokens(EndedTokensTable, Base):
    """Whose tokens from before a moment are good no more, as the directory told."""
