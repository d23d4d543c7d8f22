"""What can be done to a house that `maillage up --processes` runs, and how it comes back by itself."""

from __future__ import annotations

import asyncio
import random
import shutil
from contextlib import suppress

from nats.js.errors import NotFoundError

from tests.faults.harms.base import BUS, Harm
from tests.faults.house.launched import Launched


class LauncherHarm(Harm):
    """Harm to the launcher, or to what it alone starts again."""

    def possible(self) -> bool:
        return self.house.launched

    @property
    def launched(self) -> Launched:
        """The house as what it is."""
        assert isinstance(self.house, Launched)
        return self.house

    async def heal(self) -> str | None:
        if not self.launched.up.running():
            await self.launched.until_ready()
            return "the house was started"
        return None


class RestartedBus(LauncherHarm):
    """kill -9 of nats-server: the launcher starts it again on the same port."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        async with BUS:
            killed = self.launched.found["nats-server"].kill()
        return f"nats-server {'killed' if killed else 'was not running'}"


class KillHouse(LauncherHarm):
    """kill -9 of the launcher, which takes everything with it, what hangs too; somebody starts it again."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        hangs = dice.choice(("", *sorted(self.launched.found)))
        async with BUS:
            if hangs:
                self.launched.found[hangs].pause(True)
                await asyncio.sleep(0.2)  # in the middle of something, and with requests on their way
            await asyncio.to_thread(self.launched.up.kill)
            await asyncio.sleep(min(seconds, 3.0))
            await self.launched.until_ready()
        return f"the launcher was killed{f' while {hangs} hung' if hangs else ''}, and started again"


class LoseStoreAtRest(LauncherHarm):
    """The house is killed and its `nats` folder is gone at the next start, which gives everything back."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        async with BUS:
            await asyncio.to_thread(self.launched.up.kill)
            await asyncio.sleep(1.0)  # nats-server is told by the kernel, and ends in its own time
            shutil.rmtree(self.launched.folder / "data" / "nats", ignore_errors=True)
            await self.launched.until_ready()
        return "the house was killed, its store removed, and it was started again"


class LoseStoreAtWork(LauncherHarm):
    """The stream is deleted by hand, or nats-server loses its files and is killed: all is given back."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        if dice.random() < 0.5:
            return await self._delete()
        async with BUS:
            shutil.rmtree(self.launched.folder / "data" / "nats" / "store", ignore_errors=True)
            killed = self.launched.found["nats-server"].kill()
        return f"the store was removed, nats-server {'killed' if killed else 'was not running'}"

    async def _delete(self) -> str:
        async with BUS, self.house.bus() as client:
            with suppress(NotFoundError):  # by another harm, and not back yet
                await client.jetstream(timeout=10).delete_stream(self.house.stream)
        return "the stream was deleted by hand"


class KillWhileStarting(LauncherHarm):
    """The house is killed, and as it starts again its parts are: nats-server, and services not yet ready."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        async with BUS:
            await asyncio.to_thread(self.launched.up.kill)
            starting = asyncio.create_task(self.launched.until_ready())
            killed = [await self._kill_one(dice, starting) for _ in range(dice.randint(1, 3))]
            await starting
        return f"the house came up although {' and '.join(filter(None, killed)) or 'nobody'} was killed"

    async def _kill_one(self, dice: random.Random, starting: asyncio.Task[None]) -> str:
        """Once it is there and a moment has passed; its name, nothing if the house came up before."""
        name, moment = dice.choice(sorted(self.launched.found)), dice.uniform(0.0, 1.5)
        while not starting.done():
            if await asyncio.to_thread(self.launched.child, name):
                await asyncio.sleep(moment)
                with suppress(ProcessLookupError):  # it ended by itself a moment ago
                    return name if self.launched.found[name].kill() and not starting.done() else ""
            await asyncio.sleep(0.05)
        return ""
