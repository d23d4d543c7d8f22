"""Which of two events about the same thing is the later one, also when they arrive in another order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from maillage.events.consumer import Context


@dataclass(frozen=True, slots=True)
class Telling:
    """From which region a thing is told, when, and with which number (none where nothing is numbered)."""

    region: str
    number: int | None
    time: datetime

    @classmethod
    def of(cls, context: Context) -> Self:
        """How the event being handled is told."""
        return cls(context.region, context.sequence, context.time)

    def is_older_than(self, number: int | None, time: datetime | None) -> bool:
        """Whether what was told with this number, at this time, is later: by the numbers, else by time."""
        if self.number is not None and number is not None:
            return self.number < number
        return time is not None and self.time < time
