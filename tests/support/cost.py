"""What each test file costs: `make test PYTEST=--cost` writes processor and wall seconds to build/cost.json.

Counted is the whole tree of processes under the one that runs the tests, those that have ended included, so a
house, a database or a browser is charged to the file during whose tests it worked. A busy machine changes the
wall seconds and hardly the others: compare by processor time.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

TICK = os.sysconf("SC_CLK_TCK")
WRITTEN = Path("build/cost.json")
Costs = dict[str, list[float]]


def processor_seconds(root: int) -> float:
    """User and system time of a process, of all under it, and of those that these have waited for."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for pid, fields in _processes():
        parents[pid] = int(fields[1])
        spent[pid] = sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: man 5 proc_pid_stat
    return sum(ticks for pid, ticks in spent.items() if _under(pid, root, parents)) / TICK


def _processes() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(errors="replace")
            except OSError:  # it has ended since
                continue
            yield int(entry.name), stat[stat.rindex(")") + 2 :].split()


def _under(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid != root and pid in parents:
        pid = parents[pid]
    return pid == root


class Meter:
    """Reads the clocks where one file ends and the next begins."""

    def __init__(self) -> None:
        self.files: Costs = defaultdict(lambda: [0.0, 0.0, 0])
        self._before = self._read()

    def _read(self) -> tuple[float, float]:
        return processor_seconds(os.getpid()), time.monotonic()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, Any, Any]:
        answer = yield
        file = item.nodeid.split("::")[0]
        self.files[file][2] += 1
        if nextitem is None or nextitem.nodeid.split("::")[0] != file:
            now = self._read()
            self.files[file][0] += now[0] - self._before[0]
            self.files[file][1] += now[1] - self._before[1]
            self._before = now
        return answer

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["cost"] = dict(self.files)


class Bill:
    """Adds up what the workers counted, and writes and says it."""

    def __init__(self, meter: Meter | None) -> None:
        self._files: Costs = meter.files if meter else {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        for file, more in getattr(node, "workeroutput", {}).get("cost", {}).items():
            so_far = self._files.get(file, [0.0, 0.0, 0])
            self._files[file] = [a + b for a, b in zip(so_far, more, strict=True)]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        dearest = sorted(self._files.items(), key=lambda cost: -cost[1][0])
        rows = {
            file: {"processor": round(cpu, 1), "wall": round(wall, 1), "tests": int(tests)}
            for file, (cpu, wall, tests) in dearest
        }
        WRITTEN.parent.mkdir(exist_ok=True)
        WRITTEN.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        whole = sum(cpu for cpu, _, _ in self._files.values())
        terminalreporter.section(f"cost: {whole:.0f} s of processor time, all in {WRITTEN}")
        for file, row in list(rows.items())[:20]:
            terminalreporter.write_line(
                f"{row['processor']:8.1f} s  {row['wall']:8.1f} s  {row['tests']:4d}  {file}"
            )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cost", action="store_true", help=f"count what each file costs, in {WRITTEN}")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--cost"):
        return
    worker = hasattr(config, "workerinput")
    workers = bool(getattr(config.option, "numprocesses", None)) and not worker
    meter = None if workers else Meter()
    if meter:
        config.pluginmanager.register(meter)
    if not worker:
        config.pluginmanager.register(Bill(meter))
