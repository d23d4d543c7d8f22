"""Child processes of the house: they die with it, start again when they die alone, and end when asked."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.get_logger("maillage.up")

PR_SET_PDEATHSIG = 1
FIRST_DELAY, LONGEST_DELAY = 0.25, 15.0
STEADY_SECONDS = 30.0
"""A child that lived this long is healthy again: its next restart is immediate."""


def die_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn`: the kernel ends the child when this process dies, however it dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != parent:  # it died between fork and here
            os._exit(1)

    return ask


@dataclass
class Child:
    """One program kept running. `ready` is awaited after each start and raises while it is not healthy."""

    name: str
    command: Callable[[], Sequence[str]]
    log_file: Path
    ready: Callable[[int], Awaitable[None]]
    environment: Mapping[str, str] | None = None
    patience: float = 60.0
    process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _watch: asyncio.Task[None] | None = field(default=None, init=False)

    async def start(self) -> None:
        """Start it, wait until it is ready, and keep it running from then on. Raises TimeoutError."""
        await self._launch()
        self._watch = asyncio.create_task(self._keep_running(), name=f"keep {self.name} running")

    async def stop(self, patience: float = 20.0) -> None:
        """End it: SIGTERM, and SIGKILL when it takes longer than `patience` seconds."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), patience)
        except TimeoutError:
            log.warning("child-killed", child=self.name)
            self.process.kill()
            await self.process.wait()

    async def _launch(self) -> None:
        with self.log_file.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(self.environment) if self.environment is not None else None,
                start_new_session=True,  # Ctrl-C is for the house; it ends its children in order
                preexec_fn=die_with_parent(),
            )
        await self._until_ready(self.process)

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return await self.ready(process.pid)
            except (OSError, ValueError, LookupError) as error:
                if process.returncode is not None:
                    raise TimeoutError(f"{self.name} ended with status {process.returncode}") from error
                if time.monotonic() > deadline:
                    process.kill()
                    raise TimeoutError(f"{self.name} was not ready in {self.patience:.0f} s") from error
            await asyncio.sleep(0.03)

    async def _keep_running(self) -> None:
        delay = FIRST_DELAY
        while True:
            assert self.process is not None  # noqa: S101  # started before this task
            since = time.monotonic()
            status = await self.process.wait()
            if time.monotonic() - since > STEADY_SECONDS:
                delay = FIRST_DELAY
            log.warning("child-ended", child=self.name, status=status, again_in=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)
            try:
                await self._launch()
                log.info("child-started-again", child=self.name)
            except TimeoutError as error:
                log.error("child-not-ready", child=self.name, reason=str(error))
