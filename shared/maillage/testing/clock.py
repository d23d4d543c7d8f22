"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class TestClock:
    """Stands at `START` (a Monday morning) until moved; the whole kit reads it through maillage.clock."""

    __test__ = False  # a tool, not a test class

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant this clock shows, in UTC."""
        return self._now

    def advance(self, by: timedelta | None = None, **units: Any) -> datetime:
        """Move on by a timedelta or by its keywords (`hours=49`); returns the new instant."""
        self._now += (by or timedelta()) + timedelta(**units)
        return self._now

    def set(self, instant: datetime) -> datetime:
        """Show this aware instant from now on."""
        if instant.tzinfo is None:
            raise ValueError("an instant needs a zone")
        self._now = instant.astimezone(UTC)
        return self._now
