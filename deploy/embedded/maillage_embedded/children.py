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
from maillage.tasks import stop_if_cancelled

log = structlog.get_logger("maillage.up")

PR_SET_PDEATHSIG = 1
FIRST_DELAY, LONGEST_DELAY = 0.25, 15.0
STEADY_SECONDS = 30.0
"""A child that lived this long is healthy again: its next restart is immediate."""
STARTS = 5
"""How often a start is begun that a signal ends each time, before somebody is to be told why."""


def die_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn`: the kernel kills the child when this process dies, however it dies (Linux only).

    Not by SIGTERM, which waits at one that hangs (stopped, say): it would keep its database locked, and no
    other house would come up on the folder.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:  # it died between fork and here
            os._exit(1)

    return ask


UNWELL_EVERY, UNWELL_LOOKS = 2.0, 5
"""Seconds between two looks at a child's health, and how many of them in a row have to find it bad."""


class KilledError(TimeoutError):
    """A signal ended a child before it was ready: somebody's, or the kernel's for want of memory."""


@dataclass
class Child:
    """One program kept running. `ready` is awaited after each start and raises while it is not healthy.

    `unwell` says what is wrong with one that runs and that a restart would mend, None when there is nothing.
    """

    name: str
    command: Callable[[], Sequence[str]]
    log_file: Path
    ready: Callable[[int], Awaitable[None]]
    environment: Mapping[str, str] | None = None
    patience: float = 60.0
    unwell: Callable[[], Awaitable[str | None]] | None = None
    process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _watch: asyncio.Task[None] | None = field(default=None, init=False)
    _problem: str = field(default="nothing was heard of it", init=False)

    async def start(self) -> None:
        """Start it, wait until it is ready, and keep it running from then on.

        A start that a signal ends is begun again. Raises TimeoutError saying why when it ends by itself, is
        not ready in `patience` seconds, or is killed each time.
        """
        for delay in (*(FIRST_DELAY * 2**number for number in range(STARTS - 1)), None):
            try:
                await self._launch()
                break
            except KilledError as killed:
                if delay is None:
                    raise KilledError(f"{killed}, {STARTS} times in a row") from killed
                log.warning("child-killed-at-start", child=self.name, reason=str(killed), again_in=delay)
                await asyncio.sleep(delay)
        self._watch = asyncio.create_task(self._keep_running(), name=f"keep {self.name} running")

    async def stop(self, patience: float = 20.0) -> None:
        """End it: SIGTERM, and SIGKILL when it takes longer than `patience` seconds."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self.process is None or self.process.returncode is not None:
            return
        await self._end(self.process, patience)

    async def _end(self, process: asyncio.subprocess.Process, patience: float) -> None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), patience)
        except TimeoutError:
            log.warning("child-killed", child=self.name)
            process.kill()
            await process.wait()

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
        ended, answers = asyncio.create_task(process.wait()), asyncio.create_task(self._answers(process.pid))
        try:
            await asyncio.wait({ended, answers}, timeout=self.patience, return_when=asyncio.FIRST_COMPLETED)
            if answers.done():
                return answers.result()
        finally:
            for task in (ended, answers):
                task.cancel()
            await asyncio.gather(ended, answers, return_exceptions=True)
        status = process.returncode
        if status is None:
            process.kill()
            raise TimeoutError(f"{self.name} was not ready in {self.patience:.0f} s ({self._problem})")
        if status < 0:
            raise KilledError(f"{self.name} was ended by {signal.Signals(-status).name}")
        raise TimeoutError(f"{self.name} ended with status {status}")

    async def _answers(self, pid: int) -> None:
        while True:
            stop_if_cancelled()
            try:
                return await self.ready(pid)
            except (OSError, ValueError, LookupError) as error:
                self._problem = f"{type(error).__name__}: {error}"
                await asyncio.sleep(0.03)

    async def _keep_running(self) -> None:
        delay = FIRST_DELAY
        while True:
            assert self.process is not None  # noqa: S101  # started before this task
            since = time.monotonic()
            status = await self._ended(self.process)
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
            except Exception:  # the disk may be full, a process not to be had: the next time is another
                log.exception("child-not-started", child=self.name)

    async def _ended(self, process: asyncio.subprocess.Process) -> int:
        """The status with which it ended, by itself or because it was unwell."""
        watch = asyncio.create_task(self._end_when_unwell(process))
        try:
            return await process.wait()
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _end_when_unwell(self, process: asyncio.subprocess.Process) -> None:
        looks, problem = 0, None
        while self.unwell is not None and looks < UNWELL_LOOKS:
            stop_if_cancelled()
            await asyncio.sleep(UNWELL_EVERY)
            problem = await self.unwell()
            looks = looks + 1 if problem else 0
        if problem:
            log.error("child-unwell", child=self.name, reason=problem)
            await self._end(process, 20.0)
