"""Connections cut and slowed by the proxies between each service and what it talks to."""

from __future__ import annotations

import asyncio
import random

from tests.faults.harms.base import Harm
from tests.faults.house.proxy import Proxy


class Connections(Harm):
    """Something done to one service's connections, or to all of them at once."""

    def proxies(self) -> dict[str, Proxy]:
        """The connections in question, by service."""
        return self.house.to_nats

    def possible(self) -> bool:
        return self.house.proxied

    def harm(self, proxy: Proxy, dice: random.Random) -> str:
        """Do it to one; what was done."""
        raise NotImplementedError

    async def strike(self, dice: random.Random, seconds: float) -> str:
        found = self.proxies()
        names = sorted(found) if dice.random() < 0.3 else [dice.choice(sorted(found))]
        done = {name: self.harm(found[name], dice) for name in names}
        await asyncio.sleep(seconds)
        for name in names:
            found[name].mend()
        return ", ".join(f"{name} {what}" for name, what in done.items())

    async def heal(self) -> str | None:
        for proxy in self.proxies().values():
            proxy.mend()
        return None


class CutBus(Connections):
    """No connection to nats-server for a while."""

    def harm(self, proxy: Proxy, dice: random.Random) -> str:
        proxy.cut()
        return "cut off"


class SlowBus(Connections):
    """Everything to and from nats-server is late."""

    def harm(self, proxy: Proxy, dice: random.Random) -> str:
        proxy.delay = dice.uniform(0.02, 1.5)
        return f"slowed by {proxy.delay:.2f} s"


class CutDatabase(CutBus):
    """No connection to PostgreSQL for a while."""

    def possible(self) -> bool:
        return self.house.proxied and self.house.postgres is not None

    def proxies(self) -> dict[str, Proxy]:
        return self.house.to_database


class SlowDatabase(SlowBus):
    """Everything to and from PostgreSQL is late."""

    def possible(self) -> bool:
        return self.house.proxied and self.house.postgres is not None

    def proxies(self) -> dict[str, Proxy]:
        return self.house.to_database

    def harm(self, proxy: Proxy, dice: random.Random) -> str:
        proxy.delay = dice.uniform(0.005, 0.1)
        return f"slowed by {proxy.delay:.3f} s"
