"""What a look at the house ends with: a word on what was looked at, and what to do about it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How a finding ends: well, with a warning, or as something to repair first."""

    FINE = "✓"
    WARNING = "!"
    WRONG = "✗"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `advice` says what to do, when there is something to do."""

    level: Level
    what: str
    advice: str = ""


Findings = AsyncIterator[Finding]


def fine(what: str) -> Finding:
    """It is as it should be."""
    return Finding(Level.FINE, what)


def warning(what: str, advice: str) -> Finding:
    """The house runs, but."""
    return Finding(Level.WARNING, what, advice)


def wrong(what: str, advice: str) -> Finding:
    """The house does not run like this."""
    return Finding(Level.WRONG, what, advice)
