"""What a house costs while nobody asks anything of it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.load.embedded import Up, children, name_of, processor_seconds
from tests.load.figures import Benchmark, Figure, Report, Scale
from tests.load.grown import put, region


async def run(scale: Scale) -> Report:
    """The house in one process, then each service in its own; both are left alone."""
    return Report(await asyncio.to_thread(_measured, scale), limit=LIMIT)


def _measured(scale: Scale) -> list[Figure]:
    up = Up(scale.folder / "data")
    up.start()
    up.stop()
    asyncio.run(put(f"sqlite:///{up.data}/directory.db", region(1).rows))
    seconds = scale.pick(2, 60)
    together = _minutes(up, seconds)
    up.words = ("--processes",)
    apart = _minutes(up, seconds)
    alone = {"maillage": "services and portal"}
    kept = [(f"one process: {alone.get(name, name)}", each) for name, each in together.items()]
    kept += [(f"processes: {name}", each) for name, each in apart.items()]
    return [Figure(case, "s/min", [each]) for case, each in kept]


def _minutes(up: Up, seconds: float) -> dict[str, float]:
    """Seconds of processor that each process of the house uses in a minute, measured over `seconds`."""
    up.start()
    try:
        up.settle()
        assert up.process is not None
        pids = {_called(pid): pid for pid in (up.process.pid, *children(up.process.pid))}
        began, before = time.monotonic(), {name: processor_seconds(pid) for name, pid in pids.items()}
        time.sleep(seconds)
        minutes = (time.monotonic() - began) / 60
        return {name: (processor_seconds(pid) - before[name]) / minutes for name, pid in pids.items()}
    finally:
        up.stop()


def _called(pid: int) -> str:
    """The service a process runs; another program by its name."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return next(
        (word.removeprefix("maillage_") for word in words if word.startswith("maillage_")), name_of(pid)
    )


LIMIT = (
    "The looks nobody rings for: each service asks its journal once a second whether anything waits that was "
    "recorded elsewhere, and its consumer asks the server every two seconds whether it is still heard."
)

ABOUT = """\
`maillage up --no-demo` on a data folder with the directory of a region as large as Provence-Alpes-Côte
d'Azur, at rest: what each process has of a processor in a minute in which nobody asks for anything, from
`/proc/PID/stat`. First the house in one process, then with `--processes`, where `maillage` is what stands
before the services.
"""

BENCHMARK = Benchmark("idle", "At rest", ABOUT, run, order=70)
