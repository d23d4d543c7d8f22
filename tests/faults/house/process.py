"""A service in a process of its own, started again whenever it ends, as a container's platform does."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx
from maillage.testing.processes import die_with_parent

AGAIN_AFTER = 0.3


class Process:
    """Kept running between `start()` and `stop()`. `deaths` counts how often it ended by itself or by us."""

    def __init__(self, name: str, command: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.deaths = 0
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running process, None between an end and the next start."""
        if self._process is None or self._process.returncode is not None:
            return None
        return self._process.pid

    async def start(self) -> None:
        """Run it, without waiting until it answers."""
        await self._launch()
        self._keeper = asyncio.create_task(self._keep())

    async def _launch(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    async def _keep(self) -> None:
        while True:
            assert self._process is not None
            await self._process.wait()
            self.deaths += 1
            await asyncio.sleep(AGAIN_AFTER)
            await self._launch()

    def kill(self) -> bool:
        """SIGKILL; whether there was a process to kill."""
        if self.pid is None:
            return False
        os.kill(self.pid, signal.SIGKILL)
        return True

    def pause(self, paused: bool) -> None:
        """SIGSTOP or SIGCONT."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGSTOP if paused else signal.SIGCONT)

    def limit_files(self, size: int | None) -> None:
        """No file may grow beyond `size` bytes: what a full disk is to a program. None: no limit."""
        if self.pid is not None:
            resource_limit(self.pid, size)

    async def stop(self) -> None:
        """End it for good, gently."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 30)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


def resource_limit(pid: int, size: int | None) -> None:
    """Let no file of a process grow beyond `size` bytes; None: as far as it likes."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


async def until_ready(urls: Sequence[str], patience: float = 120) -> None:
    """Return when each address answers 200. Raises TimeoutError naming those that do not."""
    waiting = list(urls)
    deadline = asyncio.get_running_loop().time() + patience
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while waiting:
            still = []
            for url in waiting:
                try:
                    answer = await client.get(url)
                except httpx.TransportError:
                    still.append(url)
                    continue
                still += [url] if answer.status_code != 200 else []
            waiting = still
            if waiting and asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"not ready: {', '.join(waiting)}")
            await asyncio.sleep(0.1)
