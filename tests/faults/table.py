"""Which harm is done to which house: `python -m tests.faults.table` prints what docs/faults.md shows."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.faults.campaign import HOUSES
from tests.faults.harms import NAMES, harms_to
from tests.faults.house.house import SERVICES

ASKED = {
    "kill -9 of a service, its relay with it": ("kill-service", "kill-house", "kill-while-starting"),
    "kill -9 of nats-server": ("kill-bus", "restarted-bus"),
    "PostgreSQL stopped and started again": ("stop-database", "end-sessions"),
    "PostgreSQL that only reads, or waits for somebody": ("read-only-database", "lock-tables"),
    "connections cut": (
        "cut-bus",
        "cut-database",
        "cut-container",
        "freeze-service",
        "freeze-bus",
        "freeze-server",
        "freeze-leader",
    ),
    "connections delayed": ("slow-bus", "slow-database"),
    "a full disk": ("full-bus", "full-disk", "full-volume"),
    "the stream's tail cut, or its store removed": (
        "lose-tail",
        "spoil-stream",
        "lose-store",
        "lose-store-at-rest",
        "lose-store-at-work",
    ),
    "a consumer deleted by hand": ("drop-consumer",),
    "clocks moved": ("one-clock", "all-clocks"),
    "events twice": ("twice",),
    "events late": ("late",),
    "events out of order": ("stale", "twice"),
    "malformed events": ("malformed",),
    "oversized events": ("oversized",),
    "the stream replayed from its start": ("replay",),
}
"""What a house has to survive, and the harms that do it."""


def possible() -> dict[str, list[str]]:
    """The kinds of house, by harm. Raises NoPostgresError where PostgreSQL is not installed."""
    found: dict[str, list[str]] = {name: [] for name in NAMES}
    for kind, make in HOUSES.items():
        with tempfile.TemporaryDirectory(prefix="maillage-faults-") as folder:
            for name in harms_to(make(Path(folder), SERVICES)):
                found[name].append(kind)
    return found


def table() -> str:
    """In Markdown: a line for each harm, a column for each kind of house."""
    where = possible()
    lines = [f"| harm | {' | '.join(HOUSES)} |", f"|---|{':-:|' * len(HOUSES)}"]
    for name, kinds in where.items():
        marks = " | ".join("●" if kind in kinds else " " for kind in HOUSES)
        lines.append(f"| `{name}` | {marks} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
