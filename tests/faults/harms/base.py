"""What every harm has in common."""

from __future__ import annotations

import asyncio
import math
import random
import time

from tests.faults.house.house import House


class Harm:
    """One kind of harm to one house."""

    def __init__(self, house: House) -> None:
        self.house = house

    def possible(self) -> bool:
        """Whether this house can be harmed so."""
        return True

    async def strike(self, dice: random.Random, seconds: float) -> str:
        """Do it, wait so long, undo it; what was done, for the log. Raises when it cannot be done now."""
        raise NotImplementedError

    async def heal(self) -> str | None:
        """Leave the house whole; what was done, None when there was nothing to do."""
        return None


class Turns(asyncio.Lock):
    """One harm after another. Whose turn comes after `closes_at` (by `time.monotonic`) is sent away."""

    closes_at = math.inf

    async def __aenter__(self) -> None:
        """Raises TimeoutError when it is too late to begin."""
        await super().__aenter__()
        if time.monotonic() > self.closes_at:
            self.release()
            raise TimeoutError("its turn came too late")


BUS = Turns()
"""Held by whoever takes the bus away, so that two do not start one server twice."""
