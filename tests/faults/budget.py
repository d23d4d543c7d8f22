"""How long stories may be told in each kind of house so that all are over in time, checker and all."""

from __future__ import annotations

from dataclasses import dataclass

BESIDE = 30.0
"""Seconds a run takes beside its stories on a quiet machine: to come up, to heal, to rest, to be judged."""
SHORTEST = 10.0


@dataclass
class Budget:
    """`seconds` for everything; `longest` is what one run would take of it for stories.

    `pace`: how many times slower than a quiet machine this one has been at its slowest.
    """

    seconds: float
    longest: float
    pace: float = 1.0

    def stories(self, used: float, runs_left: int) -> float | None:
        """Seconds of stories that the next run may tell when `used` are gone; None when it has no room."""
        left = self.seconds - used
        if self.pace * (BESIDE + SHORTEST) > left:
            return None
        share = left / max(runs_left, 1)
        return min(self.longest, max(SHORTEST, share / self.pace - BESIDE))

    def took(self, stories: float, elapsed: float) -> None:
        """A run is over: the next ones may be as slow."""
        self.pace = max(self.pace, elapsed / (BESIDE + stories))
