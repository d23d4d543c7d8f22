"""What breaks the house while stories are told: a plan that follows from the seed, one harm after another."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.harms import harms_to
from tests.faults.harms.base import BUS, Harm
from tests.faults.house.house import House
from tests.faults.house.linked import Regions

HEALED_WITHIN = 120.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Blow:
    """One harm of the plan: begun `at` so many seconds, lasting `lasts`."""

    at: float
    harm: str
    lasts: float
    dice: random.Random = field(compare=False)


def plan(seed: int, seconds: float, every: float, harms: list[str]) -> list[Blow]:
    """The blows of a run. Each harm comes once before any comes twice; they may overlap."""
    dice = random.Random(f"{seed} nemesis")
    blows: list[Blow] = []
    at, bag = every, list[str]()
    while harms and at < seconds:
        if not bag:
            bag = dice.sample(harms, len(harms))
        lasts = dice.uniform(0.5, 2.0) * every
        blows.append(Blow(at, bag.pop(), lasts, random.Random(f"{seed} blow {len(blows)}")))
        at += every * dice.uniform(0.6, 1.4)
    return blows


class Nemesis:
    """Strikes by a plan, notes what it did, and heals everything at the end."""

    def __init__(self, house: House | Regions, say: Say) -> None:
        self._say = say
        self._begun = time.monotonic()
        self.harms: dict[str, Harm] = harms_to(house)

    def able(self, wanted: list[str]) -> list[str]:
        """Those of the wanted harms that can be done to this house."""
        return [name for name in wanted if name in self.harms]

    async def strike(self, blows: list[Blow], longest: float) -> None:
        """Each blow at its time. One that cannot be struck just now is noted; it harms nothing.

        Harms to the bus wait for each other; after `longest` seconds none of them begins any more.
        """
        self._begun = time.monotonic()
        BUS.closes_at = self._begun + longest
        try:
            async with asyncio.TaskGroup() as group:
                for blow in blows:
                    await asyncio.sleep(max(0.0, self._begun + blow.at - time.monotonic()))
                    group.create_task(self._one(blow))
        finally:
            BUS.closes_at = math.inf

    async def _one(self, blow: Blow) -> None:
        harm = self.harms[blow.harm]
        self._note(f"{blow.harm} for {blow.lasts:.1f} s")
        try:
            what = await harm.strike(blow.dice, blow.lasts)
            self._note(f"{blow.harm}: {what}")
        except Exception as error:  # noqa: BLE001  (another harm may be in the way; the checker judges, not we)
            self._note(f"{blow.harm} could not be done: {type(error).__name__} {str(error)[:200]}")

    async def heal(self) -> None:
        """Undo whatever can be undone, then the operator's documented mends."""
        for name, harm in self.harms.items():
            if what := await self._healed(harm):
                self._note(f"healed {name}: {what}")

    async def _healed(self, harm: Harm) -> str | None:
        """Until it is: on a machine that is busy a server may take its time to answer again."""
        deadline = time.monotonic() + HEALED_WITHIN
        while True:
            try:
                return await harm.heal()
            except Exception as error:
                if time.monotonic() > deadline:
                    raise
                self._note(f"not healed yet: {type(error).__name__} {str(error)[:200]}")
            await asyncio.sleep(1)

    def _note(self, what: str) -> None:
        self._say(f"  {time.monotonic() - self._begun:6.1f} s  {what}")
