"""Quiet hours: a mail that falls into them waits for their end. It is put off, never dropped.

Everything is reckoned on the person's own wall clock, overseas and across changes to summer time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` every day (overnight when start is later), and all weekend when `weekends`."""

    start: time
    end: time
    zone: ZoneInfo
    weekends: bool = False

    @classmethod
    def from_json(cls, data: dict[str, Any] | None) -> Self | None:
        """As stored in a preference; None when there are none."""
        if not data:
            return None
        return cls(
            time.fromisoformat(data["start"]),
            time.fromisoformat(data["end"]),
            ZoneInfo(data["time_zone"]),
            bool(data.get("weekends", False)),
        )

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet that `moment` falls into ends (UTC), None when it is not quiet then."""
        reached = moment
        # A night may end in a weekend and a weekend in a night: two of each suffice, the bound is for safety.
        for _ in range(8):
            end = self._window_end(reached)
            if end is None:
                break
            reached = end
        return reached.astimezone(UTC) if reached > moment else None

    def _window_end(self, moment: datetime) -> datetime | None:
        local = moment.astimezone(self.zone)
        if self.weekends and local.weekday() >= SATURDAY:
            return self._at(local, 7 - local.weekday(), time(0))
        clock = local.time()
        if self.start < self.end:
            return self._at(local, 0, self.end) if self.start <= clock < self.end else None
        if clock >= self.start:
            return self._at(local, 1, self.end)
        return self._at(local, 0, self.end) if clock < self.end else None

    def _at(self, local: datetime, days: int, clock: time) -> datetime:
        """That wall-clock time some days on; one skipped in spring is the first that exists after it."""
        wall = datetime.combine(local.date() + timedelta(days=days), clock, self.zone)
        instant = wall.astimezone(UTC)
        if instant <= local.astimezone(UTC):
            # In the hour an autumn night repeats, the first passing of the time is over: take the second.
            instant = wall.replace(fold=1).astimezone(UTC)
        return instant
