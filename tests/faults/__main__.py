"""`make test-faults`: several seeds in each kind of house within ten minutes, or one run by the options.

The composition needs a container engine and minutes to come up: it has a run when it is asked for by name.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from pathlib import Path

from tests.faults.campaign import CONTAINERS, HOUSES, Campaign, run
from tests.faults.harms import HARMS

MINUTES = 10.0


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeat this run; otherwise a new one each time, printed")
    parser.add_argument(
        "--house", choices=HOUSES, help="only this kind; otherwise all but containers in turn"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long stories are told in one run")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="no run is begun that would pass this")
    parser.add_argument("--rate", type=float, default=6.0, help="steps of stories a second")
    parser.add_argument("--every", type=float, default=4.0, help="seconds between two blows")
    parser.add_argument("--harms", default=",".join(HARMS), help=f"of {', '.join(HARMS)}")
    parser.add_argument("--keep", type=Path, help="keep databases, logs and history in this folder")
    asked = parser.parse_args()
    unknown = set(asked.harms.split(",")) - set(HARMS)
    if unknown:
        parser.error(f"no such harm: {', '.join(sorted(unknown))}")
    return asked


def campaigns(asked: argparse.Namespace) -> list[Campaign]:
    """The runs, in their order: one for a seed, else as many as may fit."""
    houses = [asked.house] if asked.house else [name for name in HOUSES if name != CONTAINERS]
    dice = random.SystemRandom()
    seeds = [dice.randrange(10**6) for _ in range(500)] if asked.seed is None else [asked.seed]
    return [
        Campaign(
            seed,
            houses[number % len(houses)],
            asked.seconds,
            asked.rate,
            asked.every,
            harms=tuple(asked.harms.split(",")),
            keep=asked.keep / f"{seed}" if asked.keep else None,
        )
        for number, seed in enumerate(seeds)
    ]


def say(line: str) -> None:
    """Print at once: a run may be cut short."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main() -> int:
    """Run them; how many found something."""
    asked, begun, failed = options(), time.monotonic(), 0
    for campaign in campaigns(asked):
        need = campaign.seconds * 2 + 40
        if time.monotonic() - begun + need > asked.minutes * 60 and asked.seed is None:
            break
        result = await run(campaign, say)
        say(result.report())
        failed += bool(result.complaints)
    return failed


if __name__ == "__main__":
    sys.exit(min(asyncio.run(main()), 1))
