"""A newcomer's first hundred days: the steps laid down when she arrived, and when each was done."""

from datetime import date, datetime
from uuid import UUID

from maillage.db import UTCDateTime, Uuid, Versioned
from sqlalchemy import Date, ForeignKey, Integer, Select, String, case, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maillage_mentoring.model.base import Base


class Pathway(Versioned, Base):
    """One per post: who takes up another post starts again."""

    __tablename__ = "pathway"

    coordinator_id: Mapped[UUID] = mapped_column(Uuid(), index=True)
    position_id: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    cpts_id: Mapped[UUID] = mapped_column(Uuid())
    started_on: Mapped[date] = mapped_column(Date())
    due_on: Mapped[date] = mapped_column(Date())
    total_days: Mapped[int] = mapped_column(Integer())
    status: Mapped[str] = mapped_column(String(20), default="active")
    """active, completed, or closed when the post ended first."""
    steps: Mapped[list["PathwayStep"]] = relationship(
        order_by="PathwayStep.rank", lazy="selectin", cascade="all, delete-orphan"
    )

    def day(self, on: date) -> int:
        """The day number, 1 on the first day in post, 0 before; it stops at the last day."""
        return max(0, min((on - self.started_on).days + 1, self.total_days))

    @property
    def done(self) -> int:
        return sum(step.done_at is not None for step in self.steps)

    def step(self, slug: str) -> "PathwayStep | None":
        return next((step for step in self.steps if step.slug == slug), None)


class PathwayStep(Base):
    """A step of one pathway; its words are in the catalogue."""

    __tablename__ = "pathway_step"

    pathway_id: Mapped[UUID] = mapped_column(ForeignKey("pathway.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    rank: Mapped[int] = mapped_column(Integer())
    due_on: Mapped[date] = mapped_column(Date())
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime(), default=None)


def select_current(coordinator_id: UUID) -> Select[Pathway]:
    """Her pathway under way, else the latest."""
    under_way = case((Pathway.status == "active", 0), else_=1)
    mine = select(Pathway).where(Pathway.coordinator_id == coordinator_id)
    return mine.order_by(under_way, Pathway.started_on.desc(), Pathway.id.desc()).limit(1)
