"""The parts of the fuzz as both runs use them, the short one in `make test` and the long one of `make fuzz`.

Each takes a number that all its chance comes from, and how many cases to make; it gives how many it made and
what it found, a text each. The same number on the same code makes the same cases.
"""

from __future__ import annotations

import random
import traceback
from pathlib import Path
from tempfile import mkdtemp

from schemathesis import GenerationMode

from tests.fuzz.bus import storm
from tests.fuzz.calls import PEOPLE_A_CASE, Caller
from tests.fuzz.handled import Handled
from tests.fuzz.house import ORDER, PEER
from tests.fuzz.inputs import READERS
from tests.fuzz.lists import imports as imports
from tests.fuzz.loop import Loop
from tests.fuzz.portal import visited
from tests.fuzz.rows import read_rows
from tests.fuzz.seed import Seeded
from tests.fuzz.streams import listened
from tests.fuzz.walks import STEPS, walk

Found = tuple[int, list[str]]
BATCH = 200
AT_ONCE = (1, 8, 50)
"""Messages in one transaction: alone, a few, and as many as a consumer takes."""


def chance_of(number: int) -> random.Random:
    """The only source of chance of a part."""
    return random.Random(number)  # noqa: S311  # variety that can be repeated, not secrecy


def inputs(number: int, count: int) -> Found:
    """Random input for each reader in turn."""
    found, chance = [], chance_of(number)
    names = sorted(READERS)
    for case in range(count):
        name = names[case % len(names)]
        try:
            READERS[name](chance)
        except Exception:  # noqa: BLE001  # whatever it is, it is a finding
            found.append(f"{name}, case {case}:\n{traceback.format_exc(limit=-3)}")
    return count, list(dict.fromkeys(found))


def calls(region: Seeded, loop: Loop, number: int, count: int, at_once: int = 10) -> Found:
    """Calls of operations drawn at random, as people drawn at random."""
    chance = chance_of(number)
    callers = [Caller(region, loop, name) for name in ORDER]
    choices = [(caller, operation) for caller in callers for operation in caller.operations()]
    chance.shuffle(choices)
    turn = 0
    while (made := sum(caller.calls for caller in callers)) < count and turn < count:
        caller, operation = choices[turn % len(choices)]
        mode = chance.choice((GenerationMode.POSITIVE, GenerationMode.NEGATIVE))
        share = min(at_once, -(-(count - made) // PEOPLE_A_CASE))
        caller.fuzz(operation, mode, share, chance.randrange(2**32))
        turn += 1
    return _told(callers)


def walks(region: Seeded, loop: Loop, number: int, count: int) -> Found:
    """Calls along the links of each document that has some, until there were about so many."""
    chance = chance_of(number)
    callers = [Caller(region, loop, name) for name in ORDER]
    linked = [caller for caller in callers if caller.schema.statistic.transitions.total]
    for caller in linked:
        while caller.calls < count // len(linked):
            left = count // len(linked) - caller.calls
            walk(caller, max(4, left // STEPS), chance.randrange(2**32))
    return _told(linked)


def _told(callers: list[Caller]) -> Found:
    found = [finding for caller in callers for finding in caller.findings.values()]
    told = [f"{each.operation} as {each.identity}: {each.wrong}\n{each.sent}" for each in found]
    return sum(caller.calls for caller in callers), told


def handled(region: Seeded, loop: Loop, number: int, count: int) -> Found:
    """Messages of both regions through every handler."""
    chance, handling = chance_of(number), Handled(region)
    authors = [handling.author(origin, chance) for origin in ("fr-pac", "fr-pac", PEER)]
    for start in range(0, count, BATCH):
        some = range(start, min(start + BATCH, count))
        batch = [(chance.choice(authors).any(), place) for place in some]
        loop.run(handling.take_all(batch, chance.choice(AT_ONCE)), 600)
    return count, [f"{why} ({times}×)\n{handling.examples[why]}" for why, times in handling.findings.items()]


def bus(region: Seeded, loop: Loop, url: str, number: int, count: int) -> Found:
    """Messages of both regions through a real server and the real consumers."""
    chance = chance_of(number)
    handling = Handled(region)
    authors = [handling.author(origin, chance) for origin in ("fr-pac", "fr-pac", PEER)]

    async def blow() -> Found:
        async with storm(region.house, url, "fr-pac") as weather:
            await weather.settled()
            for _ in range(0, count, BATCH):
                some = min(BATCH, count - weather.sent)
                await weather.send([chance.choice(authors).any() for _ in range(some)])
                await weather.settled()
            await weather.handles(authors[0].valid("fr.maillage.directory.coordinator.joined.v1"))
            await weather.judge()
            return weather.sent, weather.findings

    return loop.run(blow(), 600)


def rows(_region: Seeded, loop: Loop, number: int, count: int) -> Found:
    """Events as the portal's live page has them."""
    work = read_rows(chance_of(number), count, Path(mkdtemp(prefix="fuzz-portal-")))
    return count, loop.run(work, 600)


def streams(region: Seeded, loop: Loop, number: int, count: int) -> Found:
    """Server-sent events of the services, and as the portal passes them on."""
    work = listened(region, chance_of(number), count, Path(mkdtemp(prefix="fuzz-portal-")))
    return count, loop.run(work, 600)


def portal(region: Seeded, loop: Loop, number: int, count: int) -> Found:
    """Pages of the portal."""
    chance = chance_of(number)

    async def visit() -> Found:
        async with visited(region, Path(mkdtemp(prefix="fuzz-portal-"))) as visitor:
            for _ in range(count):
                await visitor.visit(chance)
            return count, [f"{why}\n{asked}" for why, asked in visitor.findings.items()]

    return loop.run(visit(), 600)
