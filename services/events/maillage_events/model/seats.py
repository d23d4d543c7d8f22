"""Seats are counted here, apart from the seminar's own row.

A registration changes the counts of a seminar, not the seminar: were they on its row, every registration
would make the animator's `If-Match` stale. A seminar's pools are written only under the lock of the seminar.
"""

from __future__ import annotations

from uuid import UUID

from maillage.ids import new_id
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from maillage_events.errors import CapacityBelowHeld
from maillage_events.model.base import Base

COUNTED = ("confirmed", "offered", "waitlisted")


class SeatPool(Base):
    """The seats of one seminar (`workshop_id` is null) or of one of its workshops, and the queue for them.

    `told_abroad` is what other regions last heard of the seminar, as a digest (empty: nothing, or that it is
    shut), `tellings` how often they heard: free seats change without the seminar's own row, and its version
    would not order what they are told.
    """

    __tablename__ = "seat_pool"
    __table_args__ = (
        CheckConstraint("capacity IS NULL OR confirmed + offered <= capacity", name="never_overbooked"),
        CheckConstraint("confirmed >= 0 AND offered >= 0 AND waitlisted >= 0", name="no_negative_count"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    seminar_id: Mapped[UUID] = mapped_column(ForeignKey("seminar.id", ondelete="CASCADE"), index=True)
    workshop_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("workshop.id", ondelete="CASCADE"), unique=True
    )
    capacity: Mapped[int | None]
    confirmed: Mapped[int] = mapped_column(default=0)
    offered: Mapped[int] = mapped_column(default=0)
    waitlisted: Mapped[int] = mapped_column(default=0)
    last_place: Mapped[int] = mapped_column(default=0)
    told_abroad: Mapped[str | None]
    tellings: Mapped[int] = mapped_column(default=0, server_default="0")

    @classmethod
    def empty(cls, seminar_id: UUID, workshop_id: UUID | None, capacity: int | None) -> SeatPool:
        """A pool nobody has drawn from."""
        counts = dict.fromkeys((*COUNTED, "last_place", "tellings"), 0)
        return cls(seminar_id=seminar_id, workshop_id=workshop_id, capacity=capacity, **counts)

    @property
    def seats_left(self) -> int | None:
        """Seats neither confirmed nor held by an offer; None where the number of seats is not limited."""
        return None if self.capacity is None else self.capacity - self.confirmed - self.offered

    @property
    def has_room(self) -> bool:
        return self.seats_left is None or self.seats_left > 0

    @property
    def up_next(self) -> int:
        """How many of those who wait can be given a seat now."""
        return self.waitlisted if self.seats_left is None else min(self.seats_left, self.waitlisted)

    def next_place(self) -> int:
        """The number of the next person to come: places only grow, so an order once given never changes."""
        self.last_place += 1
        return self.last_place

    def move(self, before: str | None, after: str | None) -> None:
        """Count a person out of the state `before` and into `after`; other states are not counted."""
        if before in COUNTED:
            setattr(self, before, getattr(self, before) - 1)
        if after in COUNTED:
            setattr(self, after, getattr(self, after) + 1)

    def resize(self, capacity: int | None) -> None:
        """Change the number of seats; raises CapacityBelowHeld rather than taking a seat from anyone."""
        held = self.confirmed + self.offered
        if capacity is not None and capacity < held:
            raise CapacityBelowHeld(
                capacity=capacity, held=held, confirmed=self.confirmed, offered=self.offered
            )
        self.capacity = capacity
