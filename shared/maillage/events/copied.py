"""Copies of what others own: which of their events are still news when they come late.

Some events tell a thing whole, others only that it ended. An end numbered 4 says nothing of the name, so the
whole told under 3 that comes after it is still the latest word on the name, and none on whether it ended. Of
two numbers one column cannot tell which is which; hence two (ADR 0054).
"""

from __future__ import annotations

from enum import Enum

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column


class News(Enum):
    """What of an event that tells a thing whole is still news."""

    ALL = "all"
    FACTS = "facts"
    """It ended since, and stays ended: what the event says of it otherwise is the latest word."""
    NONE = "none"


class Copied:
    """Mixed into the table of a copy that is told whole by some events and ended by others, in any order.

    `sequence`: the version of the latest word of either kind. `whole_sequence`: from an end on, that of the
    latest that told it whole, 0 when there was none; null before an end. An event without a number is taken
    for the latest, and so is one of the same number: one change may be told by several events.
    """

    sequence: Mapped[int | None]
    whole_sequence: Mapped[int | None] = mapped_column(BigInteger)

    def hear_end(self, sequence: int | None) -> bool:
        """Note that an end was told; False when a later word says how the thing stands."""
        if not _may_follow(sequence, self.sequence):
            return False
        if self.whole_sequence is None:
            self.whole_sequence = self.sequence or 0
        self.sequence = self.sequence if sequence is None else sequence
        return True

    def hear_whole(self, sequence: int | None) -> News:
        """Note that the thing was told whole, and say what of it to write."""
        if _may_follow(sequence, self.sequence):
            self.sequence = self.sequence if sequence is None else sequence
            self.whole_sequence = None
            return News.ALL
        if self.whole_sequence is not None and _may_follow(sequence, self.whole_sequence):
            self.whole_sequence = sequence
            return News.FACTS
        return News.NONE


def _may_follow(sequence: int | None, known: int | None) -> bool:
    return sequence is None or known is None or sequence >= known
