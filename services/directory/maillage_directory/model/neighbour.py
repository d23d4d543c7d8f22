"""People of other regions, as far as they share themselves with ours."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.db import Json, UTCDateTime
from sqlalchemy import Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from maillage_directory.model.base import Base

SHOWN, WITHDRAWN, ERASED = "shown", "withdrawn", "erased"
NAMELESS = "~"
"""Stands after every name, so that a list in alphabetical order ends with those who share none."""


class Neighbour(Base):
    """The card another region last told of a person; `withdrawn` and `erased` ones are empty.

    `told` orders the cards (empty when her region does not number its messages), `told_at` says when. A
    `reach_…` column is empty when the field is not shared. `challenge_slugs` and `skill_slugs` are what lists
    are narrowed by, `search_places` the words of where she works.
    """

    __tablename__ = "neighbour"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    region: Mapped[str] = mapped_column(String(11), index=True)
    status: Mapped[str] = mapped_column(String(10), index=True)
    first_name: Mapped[str | None] = mapped_column(String(200))
    last_name: Mapped[str | None] = mapped_column(String(200))
    search_name: Mapped[str] = mapped_column(String(420), default=NAMELESS)
    search_places: Mapped[str] = mapped_column(String, default="")
    challenges: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    skills: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    challenge_slugs: Mapped[list[str]] = mapped_column(Json, default=list)
    skill_slugs: Mapped[list[str]] = mapped_column(Json, default=list)
    posts: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    reach_name: Mapped[str | None] = mapped_column(String(12))
    reach_challenges: Mapped[str | None] = mapped_column(String(12))
    reach_skills: Mapped[str | None] = mapped_column(String(12))
    told: Mapped[int | None] = mapped_column(Integer)
    told_at: Mapped[datetime] = mapped_column(UTCDateTime())
    updated_at: Mapped[datetime] = mapped_column(
        UTCDateTime(), default=clock.now, onupdate=clock.now, index=True
    )

    def empty(self, status: str) -> None:
        """Leave an id, and why it is empty."""
        self.status, self.first_name, self.last_name = status, None, None
        self.search_name, self.search_places = NAMELESS, ""
        self.challenges, self.skills, self.posts = [], [], []
        self.challenge_slugs, self.skill_slugs = [], []
        self.reach_name = self.reach_challenges = self.reach_skills = None


class NeighbourErasure(Base):
    """A person of another region was erased there, and so here; confirmed once files and feed are clean."""

    __tablename__ = "neighbour_erasure"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    region: Mapped[str] = mapped_column(String(11))
    coordinator_id: Mapped[UUID] = mapped_column(Uuid())
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    erased_at: Mapped[datetime] = mapped_column(UTCDateTime())
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
