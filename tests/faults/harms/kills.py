"""Processes that end without warning, and come back."""

from __future__ import annotations

import asyncio
import random
import signal

from tests.faults.harms.base import BUS, Harm
from tests.faults.house.launched import Launched


class KillService(Harm):
    """kill -9 of a service, relay, consumer and timers included; its supervisor starts it again."""

    def possible(self) -> bool:
        return self.house.supervised

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(self.house.names)
        killed = await asyncio.to_thread(self.house.processes[name].kill)
        return f"{name} {'killed' if killed else 'was not running'}"


class Freeze(Harm):
    """A service that hangs, its connections open: SIGSTOP, and SIGCONT later."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(self.house.names)
        await asyncio.to_thread(self.house.processes[name].pause, True)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.house.processes[name].pause, False)
        return f"{name} goes on"

    async def heal(self) -> str | None:
        for process in self.house.processes.values():
            await asyncio.to_thread(process.pause, False)
        return None


class KillBus(Harm):
    """kill -9 of nats-server; it is away for a moment."""

    def possible(self) -> bool:
        return not self.house.launched

    async def strike(self, dice: random.Random, seconds: float) -> str:
        async with BUS:
            await asyncio.to_thread(self.house.nats.kill)
            await asyncio.sleep(min(seconds, 4.0))
            await asyncio.to_thread(self.house.nats.start)
        return "nats-server killed and started again"

    async def heal(self) -> str | None:
        async with BUS:
            if self.house.nats.running:
                return None
            await asyncio.to_thread(self.house.nats.start)
        return "nats-server started"


class FreezeBus(Harm):
    """nats-server hangs for longer than its clients wait, its connections open."""

    def possible(self) -> bool:
        return not self.house.contained

    async def strike(self, dice: random.Random, seconds: float) -> str:
        async with BUS:
            self._pause(True)
            await asyncio.sleep(3 * seconds)
            self._pause(False)
        return f"nats-server goes on after {3 * seconds:.0f} s"

    def _pause(self, paused: bool) -> None:
        if isinstance(self.house, Launched):
            self.house.found["nats-server"].pause(paused)
        else:
            self.house.nats.pause(paused)

    async def heal(self) -> str | None:
        self._pause(False)
        return None


class StopDatabase(Harm):
    """PostgreSQL stopped as an administrator does, or as a crash does, and started again."""

    def possible(self) -> bool:
        return self.house.postgres is not None

    async def strike(self, dice: random.Random, seconds: float) -> str:
        assert self.house.postgres is not None
        how = dice.choice((signal.SIGINT, signal.SIGQUIT))
        await asyncio.to_thread(self.house.postgres.stop, how)
        await asyncio.sleep(min(seconds, 5.0))
        await asyncio.to_thread(self.house.postgres.start)
        return f"PostgreSQL ended by {how.name} and started again"
