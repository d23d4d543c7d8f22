"""The long run: `python -m tests.fuzz --cases 100000 --minutes 30 --seed 7`.

Round after round on fresh databases, SQLite and PostgreSQL in turn, until there were enough cases or the time
is over. What was found is printed with the round's number; `--seed N --rounds 1` repeats a round.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from maillage.telemetry import configure_logging
from maillage.testing.databases import Databases, Dialect
from maillage.testing.nats import NatsServer

from tests.fuzz import parts
from tests.fuzz.house import running
from tests.fuzz.loop import Loop
from tests.fuzz.seed import Seeded, seed
from tests.support.crashes import crashes

SHARES = {
    "inputs": 2000,
    "handled": 5000,
    "calls": 4500,
    "walks": 500,
    "portal": 100,
    "rows": 300,
    "streams": 200,
    "imports": 60,
    "bus": 600,
}
"""Cases of one round: most are calls and events, though each costs what a hundred readers do."""
MEMORY = Path("/dev/shm")  # noqa: S108  # where there is one, the databases need no disk


def main() -> int:
    """The number of findings, as the exit status wants it: 0 or 1."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--parts", default=",".join(SHARES))
    parser.add_argument("--databases", default="sqlite,postgresql")
    asked = parser.parse_args()
    configure_logging("json", "error")
    crashes.listen()
    deadline = time.monotonic() + asked.minutes * 60
    counts: Counter[str] = Counter()
    found: dict[str, str] = {}
    number, last = asked.seed, asked.seed + asked.rounds
    while number < last and counts.total() < asked.cases and time.monotonic() < deadline:
        dialects = asked.databases.split(",")
        dialect: Dialect = dialects[number % len(dialects)]
        for part, (made, wrong) in one_round(number, dialect, asked.parts.split(","), deadline).items():
            counts[part] += made
            for text in wrong:
                if (kind := text.split("\n", 1)[0]) not in found:
                    found[kind] = text
                    say(f"FOUND in {part} of round {number} on {dialect}: {text}")
        say(f"after round {number} on {dialect}: {counts.total()} cases {dict(counts)}")
        number += 1
    say(f"{counts.total()} cases from seed {asked.seed}: {dict(counts)}; {len(found)} findings")
    return 1 if found else 0


def say(text: str) -> None:
    """A line for who runs this; standard output has the services' log lines, which may be thrown away."""
    sys.stderr.write(f"{text}\n")


def one_round(number: int, dialect: Dialect, chosen: list[str], deadline: float) -> dict[str, parts.Found]:
    """Every chosen part once, on a house of its own; those the time no longer allows are left out."""
    made: dict[str, parts.Found] = {}
    if "inputs" in chosen:
        made["inputs"] = with_crashes(parts.inputs(number, SHARES["inputs"]))
    others = [part for part in chosen if part != "inputs"]
    with ExitStack() as stack:
        place = TemporaryDirectory(
            prefix="fuzz-", dir=MEMORY if MEMORY.is_dir() else None, ignore_cleanup_errors=True
        )
        folder = Path(stack.enter_context(place))
        if others:
            loop, region = seeded(stack, folder, dialect)
        for part in others:
            if time.monotonic() > deadline:
                break
            if part == "bus":
                server = NatsServer(folder / "nats")
                server.start()
                stack.callback(server.close)
                made[part] = with_crashes(parts.bus(region, loop, server.url, number, SHARES[part]))
            else:
                made[part] = with_crashes(getattr(parts, part)(region, loop, number, SHARES[part]))
    return made


def with_crashes(part: parts.Found) -> parts.Found:
    """What a part has found, and whatever crashed meanwhile: a 500 alone explains nothing."""
    made, found = part
    return made, [*found, *(f"{place_of(each)}: {each}" for each in crashes.taken())]


def place_of(crash: str) -> str:
    """What was raised in which line of ours, so that a crash is told once."""
    lines = crash.rstrip().splitlines()
    ours = [
        line.strip() for line in lines if line.lstrip().startswith("File") and "site-packages" not in line
    ]
    return f"{lines[-1][:200]} at {ours[-1] if ours else 'no line of ours'}"


def seeded(stack: ExitStack, folder: Path, dialect: Dialect) -> tuple[Loop, Seeded]:
    """A house with a region in it, closed with the stack."""
    loop, databases = Loop(), Databases(folder)
    stack.callback(loop.close)
    stack.callback(databases.close)
    opened = running(databases, dialect, folder)
    house = loop.run(opened.__aenter__(), 300)
    stack.callback(lambda: loop.run(opened.__aexit__(None, None, None)))
    return loop, loop.run(seed(house), 300)


if __name__ == "__main__":
    sys.exit(main())
