"""`make test-faults`: a run in each kind of house within ten minutes, or one run by the options.

It begins with eight seconds of kills only, which also tell how fast this machine is just now. The composition
needs a container engine and minutes to come up: it has a run when it is asked for by name.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
import time
from pathlib import Path

from tests.faults.budget import Budget
from tests.faults.campaign import HOUSES, Campaign, run
from tests.faults.harms import NAMES

MINUTES = 10.0
IN_TURN = ("replicas", "embedded", "postgresql", "launched", "sqlite")
FIRST = {"seconds": 8.0, "rate": 5.0, "every": 2.5, "harms": ("kill-service", "kill-bus")}


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeat this run; otherwise a new one each time, printed")
    parser.add_argument(
        "--house", choices=HOUSES, help="only this kind; otherwise all but containers in turn"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long stories are told at most")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="by when the last run has to be over")
    parser.add_argument("--rate", type=float, default=6.0, help="steps of stories a second")
    parser.add_argument("--every", type=float, default=4.0, help="seconds between two blows")
    parser.add_argument("--harms", default=",".join(NAMES), help=f"of {', '.join(NAMES)}")
    parser.add_argument("--keep", type=Path, help="keep databases, logs and history in this folder")
    asked = parser.parse_args()
    unknown = set(asked.harms.split(",")) - set(NAMES)
    if unknown:
        parser.error(f"no such harm: {', '.join(sorted(unknown))}")
    return asked


def campaign(asked: argparse.Namespace, seed: int, house: str, seconds: float) -> Campaign:
    """A run as it was asked for."""
    keep = asked.keep / f"{seed}" if asked.keep else None
    harms = tuple(asked.harms.split(","))
    return Campaign(seed, house, seconds, asked.rate, asked.every, harms=harms, keep=keep)


def say(line: str) -> None:
    """Print at once: a run may be cut short."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def found(one: Campaign) -> bool:
    """Run it and say what came of it; whether anything is wrong."""
    result = await run(one, say)
    say(result.report())
    return bool(result.complaints)


async def in_turn(asked: argparse.Namespace) -> int:
    """As many runs as there is time for, each kind of house once before any comes twice; how many failed."""
    begun, failed, dice = time.monotonic(), 0, random.SystemRandom()
    budget = Budget(asked.minutes * 60, asked.seconds)
    houses = (asked.house,) if asked.house else IN_TURN
    if not asked.house:
        failed += await found(Campaign(dice.randrange(10**6), **FIRST))  # type: ignore[arg-type]
        budget.took(8.0, time.monotonic() - begun)
    for number, house in enumerate(itertools.cycle(houses)):
        at = time.monotonic()
        seconds = budget.stories(at - begun, len(houses) - number)
        if seconds is None:
            for missed in houses[number:]:
                say(f"no time was left for {missed}: make test-faults FAULTS='--house {missed}'")
            return failed
        failed += await found(campaign(asked, dice.randrange(10**6), house, seconds))
        budget.took(seconds, time.monotonic() - at)
    return failed


async def main() -> int:
    """Run what was asked for; how many runs found something."""
    asked = options()
    if asked.seed is None:
        return await in_turn(asked)
    return await found(campaign(asked, asked.seed, asked.house or next(iter(HOUSES)), asked.seconds))


if __name__ == "__main__":
    sys.exit(min(asyncio.run(main()), 1))
