"""The service under test as a process: what the kit, or the tester's command, can do to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path

from maillage.testing.processes import die_with_parent

Meanwhile = Callable[[], Awaitable[None]]


class Service(ABC):
    """A service that can be restarted. `alive` is None where it cannot be known."""

    alive: bool | None = None

    @abstractmethod
    async def restart(self, meanwhile: Meanwhile) -> None:
        """End it without warning, do something, have it run again. Raises RestartFailed."""


class RestartFailed(Exception):
    """The service does not come back; the text says how that showed."""


class Launched(Service):
    """A command the kit runs itself, with its output in a file."""

    def __init__(self, command: str, environment: dict[str, str], log: Path) -> None:
        self._command, self._environment, self.log = command, environment, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:  # type: ignore[override]
        """Whether the command still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Run the command in a shell and a process group of its own."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S602  # the tester's own command line
                self._command,
                shell=True,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def kill(self) -> None:
        """End the whole group as a power cut would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    async def restart(self, meanwhile: Meanwhile) -> None:
        self.kill()
        await meanwhile()
        self.start()
        await asyncio.sleep(0.3)
        if not self.alive:
            raise RestartFailed(self.last_words())

    def last_words(self) -> str:
        """The end of its output."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-1500:].strip() or "(no output)"


class Commanded(Service):
    """A service elsewhere, restarted by the tester's command, which ends when it runs again."""

    def __init__(self, command: str) -> None:
        self._command = command

    async def restart(self, meanwhile: Meanwhile) -> None:
        process = await asyncio.create_subprocess_shell(
            self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        (output, _), _ = await asyncio.gather(process.communicate(), meanwhile())
        if process.returncode:
            raise RestartFailed(output.decode("utf-8", "replace")[-600:])
