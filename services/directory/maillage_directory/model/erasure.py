"""The receipt of an erasure: who was told, who has confirmed. Ids and dates only."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.db import Json, Versioned
from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maillage_directory.model.base import Base

PENDING, COMPLETE = "pending", "complete"


class Erasure(Versioned, Base):
    """A person asked to be erased, or an animator did for her.

    Complete once every expected service has confirmed, here and in the regions linked to ours, and her events
    are gone from the stream.
    """

    __tablename__ = "erasure"

    coordinator_id: Mapped[UUID] = mapped_column(ForeignKey("coordinator.id"), unique=True)
    requested_by: Mapped[UUID]
    requested_at: Mapped[datetime]
    confirm_by: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10), default=PENDING)
    purged_at: Mapped[datetime | None]
    purged_messages: Mapped[int] = mapped_column(Integer, default=0)
    reminded_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]

    confirmations: Mapped[list[ErasureConfirmation]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="ErasureConfirmation.erased_at"
    )
    abroad: Mapped[list[ErasureAbroad]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by="(ErasureAbroad.region, ErasureAbroad.service)",
    )


class ErasureConfirmation(Base):
    """One service says it has erased her copy, and how many things that were."""

    __tablename__ = "erasure_confirmation"

    erasure_id: Mapped[UUID] = mapped_column(ForeignKey("erasure.id", ondelete="CASCADE"), primary_key=True)
    service: Mapped[str] = mapped_column(String(60), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(index=True)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class ErasureAbroad(Base):
    """A service of another region says that it has erased her copy there."""

    __tablename__ = "erasure_abroad"

    erasure_id: Mapped[UUID] = mapped_column(ForeignKey("erasure.id", ondelete="CASCADE"), primary_key=True)
    region: Mapped[str] = mapped_column(String(11), primary_key=True)
    service: Mapped[str] = mapped_column(String(60), primary_key=True)
    erased_at: Mapped[datetime]
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
