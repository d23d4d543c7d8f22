"""Erasures done here and not yet confirmed: the bytes must have left the database's files first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.db import Json, UTCDateTime, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from maillage_mentoring.model.base import Base


class Erasure(Base):
    """One person erased from this service. Its id is the directory's id of the erasure."""

    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    coordinator_id: Mapped[UUID] = mapped_column(Uuid())
    erased_at: Mapped[datetime] = mapped_column(UTCDateTime(), index=True)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime(), default=None)
