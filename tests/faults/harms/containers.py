"""What an engine's own commands do to a house in containers: stopped, and cut from a network in silence."""

from __future__ import annotations

import asyncio
import random
import signal

from tests.faults.harms.base import Harm
from tests.faults.house.contained import DISKS, Contained

LONGEST = 8.0
BACK, FRONT = "back", "front"


class ContainerHarm(Harm):
    """Harm to one container of the composition."""

    def possible(self) -> bool:
        return self.house.contained

    @property
    def contained(self) -> Contained:
        """The house as what it is."""
        assert isinstance(self.house, Contained)
        return self.house


class StopContainer(ContainerHarm):
    """`docker stop` of a service's replica, as an upgrade does, and `docker start`."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(self.contained.names)
        container = self.contained.containers[name]
        await asyncio.to_thread(container.end, signal.SIGTERM)
        await asyncio.sleep(min(seconds, LONGEST))
        await asyncio.to_thread(container.start)
        return f"{name} stopped and started again"

    async def heal(self) -> str | None:
        stopped = await asyncio.to_thread(self.contained.stopped)
        for each in stopped:
            await asyncio.to_thread(each.start)
        return f"{', '.join(each.service for each in stopped)} started" if stopped else None


class CutContainer(ContainerHarm):
    """`docker network disconnect`: no connection is ended, nothing comes through; then another address."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(sorted(self.contained.containers))
        network = FRONT if name in self.contained.names and dice.random() < 0.3 else BACK
        container = self.contained.containers[name]
        await asyncio.to_thread(container.leave, network)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(container.join, network)
        return f"{name} was in no network {network}"

    async def heal(self) -> str | None:
        return await asyncio.to_thread(self._join_all)

    def _join_all(self) -> str | None:
        joined = []
        for name, container in self.contained.containers.items():
            wanted = {BACK, FRONT} if name in self.contained.names else {BACK}
            for network in wanted - container.networks():
                container.join(network)
                joined.append(name)
        return f"{', '.join(joined)} joined" if joined else None


class FreezeServer(ContainerHarm):
    """`docker pause` of NATS or PostgreSQL: their connections stay open, and nobody answers."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(("nats", "postgres"))
        container = self.contained.containers[name]
        await asyncio.to_thread(container.pause, True)
        await asyncio.sleep(min(seconds, LONGEST))
        await asyncio.to_thread(container.pause, False)
        return f"{name} goes on"

    async def heal(self) -> str | None:
        for name in ("nats", "postgres"):
            await asyncio.to_thread(self.contained.containers[name].pause, False)
        return None


class FullVolume(ContainerHarm):
    """The disk of NATS or of PostgreSQL is full to the last byte. What ends of it is started again."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(DISKS)
        fill = f"cat /dev/zero > /disks/{name}/filling 2>/dev/null || true"
        await asyncio.to_thread(self.contained.on_disks, fill)
        await asyncio.sleep(seconds)
        await self.heal()
        return f"the disk of {name} was full"

    async def heal(self) -> str | None:
        await asyncio.to_thread(self.contained.on_disks, "rm -f /disks/*/filling")
        return None
