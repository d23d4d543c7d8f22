"""What every harm has in common."""

from __future__ import annotations

import asyncio
import random

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


BUS = asyncio.Lock()
"""Held by whoever takes the bus away, so that two do not start one server twice."""
