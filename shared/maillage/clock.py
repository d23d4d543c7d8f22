"""The one source of time, so that a test can move it and every deadline follows."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Source = Callable[[], datetime]


def _system() -> datetime:
    return datetime.now(UTC)


_source: Source = _system
_zone = ZoneInfo(os.environ.get("MAILLAGE_TIME_ZONE", "Europe/Paris"))


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source().astimezone(UTC)


def today() -> date:
    """The civil date where the region lives (Europe/Paris unless MAILLAGE_TIME_ZONE says otherwise)."""
    return now().astimezone(_zone).date()


def zone() -> ZoneInfo:
    """The region's time zone."""
    return _zone


def known_zone(name: object) -> str | None:
    """The time zone of that name, as text; None when this machine knows none."""
    try:
        return ZoneInfo(str(name)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def use(source: Source | None) -> None:
    """Take time from `source` (aware datetimes) until further notice; None returns to the system clock."""
    global _source
    _source = source or _system
