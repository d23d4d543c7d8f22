"""`maillage up` as a benchmark needs it: on its own folder, timed to its readiness, weighed part by part."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from maillage.testing.processes import die_with_parent, free_port

BUSY, IDLE_SECONDS = 0.1, 3
"""Seconds of processor in a second from which it is at work, and how many idle ones in a row make it rest."""
MAILLAGE = str(Path(sys.executable).with_name("maillage"))


@dataclass
class Up:
    """A data folder and the house on it; `seconds` is what its last start took to the first ready answer.

    `words` are added to the command.
    """

    data: Path
    words: tuple[str, ...] = ()
    port: int = 0
    seconds: float = 0.0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://localhost:{self.port}"

    def start(self, patience: float = 180) -> None:
        """Start it and wait until its portal answers. Raises TimeoutError."""
        self.port = free_port()
        command = [MAILLAGE, "up", "--no-demo", "--data", str(self.data), "--port", str(self.port)]
        command += self.words
        told = {name: value for name, value in os.environ.items() if not name.startswith("MAILLAGE_")}
        limits = {f"MAILLAGE_RATE_LIMIT_{who}": "1000000/minute" for who in ("PERSON", "ANONYMOUS")}
        began = time.monotonic()
        with self.data.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={**told, **limits},
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        while not self._answers():
            if time.monotonic() - began > patience or self.process.poll() is not None:
                raise TimeoutError(f"maillage up is not ready: see {self.data.with_suffix('.log')}")
            time.sleep(0.02)
        self.seconds = time.monotonic() - began

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=1).status_code == 200
        except httpx.TransportError:
            return False

    def settle(self, patience: float = 90) -> None:
        """Wait until it has nothing left to do for what it found in its databases, such as telling others.

        Rows that came past the use cases make work at the next start, and that would be measured too. Returns
        after `patience` seconds in any case: a machine that does other things never looks at rest.
        """
        ends = time.monotonic() + patience
        idle = 0
        while idle < IDLE_SECONDS and time.monotonic() < ends:
            before = self._worked()
            time.sleep(1)
            idle = idle + 1 if self._worked() - before < BUSY else 0

    def _worked(self) -> float:
        """Seconds of processor that it and its children have used."""
        assert self.process is not None
        return sum(processor_seconds(pid) for pid in (self.process.pid, *children(self.process.pid)))

    def stop(self) -> None:
        """End it in order."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=60)

    def weights(self) -> dict[str, float]:
        """Megabytes of each process by name: proportional set size, shared pages counted once in all."""
        assert self.process is not None
        return {name_of(pid): pss(pid) for pid in (self.process.pid, *children(self.process.pid))}


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def processor_seconds(pid: int) -> float:
    """Time on a processor, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def name_of(pid: int) -> str:
    """As the kernel calls it."""
    return Path(f"/proc/{pid}/comm").read_text().strip()


def pss(pid: int) -> float:
    """Proportional set size in megabytes."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss:") / 1024


def rss(pid: int) -> float:
    """Resident set size in megabytes: pages shared with other processes counted in full."""
    return _kilobytes(f"/proc/{pid}/status", "VmRSS:") / 1024


def anonymous(pid: int) -> float:
    """Resident megabytes that no file backs: what a container holds beside the page cache."""
    return _kilobytes(f"/proc/{pid}/status", "RssAnon:") / 1024


def _kilobytes(path: str, name: str) -> int:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)
