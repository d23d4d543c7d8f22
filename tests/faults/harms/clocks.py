"""Clocks that are wrong, and jump back when they are set right."""

from __future__ import annotations

import asyncio
import random

from tests.faults.harms.base import Harm

FARTHEST_HOURS = 20.0
"""Short of the day for which an Idempotency-Key is kept: a client that asks again later asks anew."""


class MoveOneClock(Harm):
    """One service's clock is off, as two machines' clocks are: up to a minute and a half either way."""

    def possible(self) -> bool:
        return not self.house.launched

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name, off = dice.choice(self.house.names), dice.uniform(-90, 90)
        self.set_clocks(off, name)
        await asyncio.sleep(seconds)
        self.set_clocks(0.0, name)
        return f"{name} was off by {off:+.0f} s"

    def set_clocks(self, off: float, *names: str) -> None:
        """Have these services' clocks be off by so many seconds."""
        for name in names:
            self.house.clock(name).write_text(f"{off}", encoding="ascii")

    async def heal(self) -> str | None:
        self.set_clocks(0.0, *self.house.names)
        return None


class MoveAllClocks(MoveOneClock):
    """Hours pass at once, so that offers expire and retries fall due; then the clocks go back."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        hours = dice.uniform(1.5, FARTHEST_HOURS)
        self.set_clocks(hours * 3600, *self.house.names)
        await asyncio.sleep(seconds)
        self.set_clocks(0.0, *self.house.names)
        return f"it was {hours:.1f} hours later"
