"""The long search: `python -m tests.orders --minutes 10 --seed 7`. What is found ends it with status 1."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import get_args

from maillage import clock as kit_clock
from maillage.telemetry.logs import configure_logging
from maillage.testing.clock import TestClock
from maillage.testing.databases import Databases, Dialect
from maillage.testing.harness import started
from maillage.testing.tokens import TokenFactory

from tests.orders.orders import Late
from tests.orders.region import PLACES
from tests.orders.search import Search, order_of, told_to

say = partial(print, flush=True)


def main() -> None:
    """Search until the time is up. Prints each find once, made small, with the seed that repeats it."""
    options = argparse.ArgumentParser(prog="python -m tests.orders", description=__doc__)
    options.add_argument("--minutes", type=float, default=10.0, help="how long to search")
    options.add_argument("--seed", type=int, default=0, help="where the seeds begin")
    options.add_argument(
        "--held", action="store_true", help="hold events back while the story is played, only"
    )
    options.add_argument(
        "--database",
        choices=get_args(Dialect),
        default="sqlite",
        help="where the services keep what is theirs",
    )
    chosen = options.parse_args()
    search = partial(_search, dialect=chosen.database, held=chosen.held)
    with tempfile.TemporaryDirectory(prefix="maillage-orders-") as folder:
        finds = asyncio.run(search(Path(folder), chosen.minutes * 60, chosen.seed))
    sys.exit(1 if finds else 0)


async def _search(folder: Path, seconds: float, seed: int, *, dialect: Dialect, held: bool) -> int:
    end, clock = time.monotonic() + seconds, TestClock()
    kit_clock.use(clock.now)
    configure_logging(level="error")
    databases = Databases(folder)
    opening = {"databases": databases, "dialect": dialect, "clock": clock, "tokens": TokenFactory()}
    search = Search(partial(started, folder=folder / "service", **opening), clock)
    finds: set[str] = set()
    try:
        recorded = await search.told()
        true = {place: await search.handed(place, told_to(place, recorded.stream)) for place in PLACES}
        orders = plays = 0
        while time.monotonic() < end:
            seed += 1
            if seed % 10 == 0 or held:
                plays += 1
                _say(finds, seed, await search.held(seed))
            for place in () if held else PLACES:
                events = told_to(place, recorded.stream)
                late: tuple[Late, ...] = order_of(place, seed, len(events))
                wrong = await search.wrong_with(place, events, true[place], late)
                orders += 1
                if wrong and _kind(wrong[0]) not in finds:
                    finds.add(_kind(wrong[0]))
                    say(
                        f"seed {seed}: {await search.shrunk(place, events, true[place], late, wrong[0])}",
                        flush=True,
                    )
        held_back = f"{plays} stories with events held back"
        say(f"{orders} orders of {len(recorded.stream)} events, {held_back}: {len(finds)} finds")
    finally:
        databases.close()
    return len(finds)


def _say(finds: set[str], seed: int, wrong: list[str]) -> None:
    for each in wrong:
        if _kind(each) not in finds:
            finds.add(_kind(each))
            say(f"seed {seed}, held back: {each}")


def _kind(wrong: str) -> str:
    """A find without its ids and values: what was found once need not be found again."""
    return " ".join(word for word in wrong.split() if word.isalpha() or "-" in word)[:60]


if __name__ == "__main__":
    main()
