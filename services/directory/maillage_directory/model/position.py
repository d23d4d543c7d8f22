"""A post at a CPTS, held by a person from a day to a day. The history stays when both have moved on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from maillage.db import Versioned
from sqlalchemy import Date, ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from maillage_directory.model.base import Base
from maillage_directory.model.cpts import Cpts

if TYPE_CHECKING:
    from maillage_directory.model.coordinator import Coordinator

COORDINATOR_TITLE = "coordinator"
OPEN_POST = text(f"ended_on IS NULL AND title = '{COORDINATOR_TITLE}'")


class Position(Versioned, Base):
    """Who held which post, from, to. `recorded_by` is the account that wrote it down.

    A CPTS has one coordinator at a time, and the database itself says so; deputies may be several.
    """

    __tablename__ = "position"
    __table_args__ = (
        Index(
            "uq_position_one_coordinator",
            "cpts_id",
            unique=True,
            sqlite_where=OPEN_POST,
            postgresql_where=OPEN_POST,
        ),
    )

    cpts_id: Mapped[UUID] = mapped_column(ForeignKey("cpts.id"), index=True)
    coordinator_id: Mapped[UUID] = mapped_column(ForeignKey("coordinator.id"), index=True)
    title: Mapped[str] = mapped_column(String(20))
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("coordinator.id"))
    recorded_by: Mapped[UUID]

    cpts_name: Mapped[str] = column_property(
        select(Cpts.name).where(Cpts.id == cpts_id).correlate_except(Cpts).scalar_subquery()
    )
    coordinator: Mapped[Coordinator] = relationship(
        lazy="raise", viewonly=True, foreign_keys=[coordinator_id]
    )

    @property
    def is_open(self) -> bool:
        return self.ended_on is None
