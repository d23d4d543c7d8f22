"""Two regions, each with directory and events on SQLite and a nats-server of its own, linked as in life.

The hub is fr-pac, its leaf fr-occ: accounts, users, doorway and limits are those that `maillage region add`
writes. The leaf reaches the hub through a proxy, which is the cable between the two.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from maillage.events.streams import Topology, topology
from maillage.nats import Leaf, feeds, leaf_configuration, server_configuration
from maillage.testing.nats import NatsServer
from maillage.testing.processes import free_port

from tests.faults.checker.evidence import Evidence, gather
from tests.faults.history import History
from tests.faults.house.house import House, as_operator
from tests.faults.house.process import Process
from tests.faults.house.proxy import Proxy
from tests.support.regions import listeners_of, passwords_of

HUB, LEAF = "fr-pac", "fr-occ"
SERVICES = ("directory", "events")
"""Those that speak with other regions."""


class Linked(House):
    """The house of one of the regions; `peer` is the other."""

    def __init__(self, folder: Path, region: str, peer: str) -> None:
        super().__init__(folder, "sqlite", SERVICES)
        self.region, self.peer = region, peer
        self.passwords = passwords_of(self.topology())

    def topology(self) -> Topology:
        return topology(self.region, peers=[self.peer])

    def told(self, service: str) -> dict[str, object]:
        return {
            "region": self.region,
            "peer_regions": self.peer,
            "erasure_services": json.dumps(SERVICES),
            "nats_user": service,
            "nats_password": self.passwords[service],
        }

    def bus_address(self) -> tuple[str, dict[str, Any]]:
        return self.nats.url, as_operator("operator", self.passwords["operator"])

    async def pick_up(self) -> None:
        """What `maillage region check --renew` does: ask the other region again now."""
        async with self.bus() as client:
            await feeds.pick_up(client.jetstream(timeout=10), self.peer)

    async def evidence(self, history: History, waiting: list[str]) -> Evidence:
        async with self.bus() as client:
            return await gather(
                history, self.databases, client, {}, waiting, region=self.region, peer=self.peer
            )


class Regions:
    """Both of them and what is between. `link`: the cable; `hub`, `leaf`: the houses at its ends."""

    def __init__(self, folder: Path) -> None:
        self._door, self._port = f"door-of-{LEAF}", free_port()
        self.link = Proxy(self._port)
        self.hub = Linked(folder / HUB, HUB, LEAF)
        self.leaf = Linked(folder / LEAF, LEAF, HUB)
        self.hub.nats = NatsServer(self.hub.folder / "nats", self._render_hub)
        self.leaf.nats = NatsServer(self.leaf.folder / "nats", self._render_leaf)
        self.houses = (self.hub, self.leaf)

    def _render_hub(self, own: NatsServer) -> str:
        listeners = replace(listeners_of("hub", own), leaf=f"127.0.0.1:{self._port}")
        return server_configuration(self.hub.topology(), listeners, self.hub.passwords, {LEAF: self._door})

    def _render_leaf(self, own: NatsServer) -> str:
        leaf = Leaf(HUB, f"nats-leaf://127.0.0.1:{self.link.port}", self._door)
        listeners = listeners_of("leaf", own)
        return leaf_configuration(self.leaf.topology(), listeners, self.leaf.passwords, leaf)

    @property
    def processes(self) -> dict[str, Process]:
        """The services of both regions."""
        return {f"{each.region} {name}": it for each in self.houses for name, it in each.processes.items()}

    async def start(self) -> None:
        """Bring both up and wait until each service answers."""
        await self.link.start()
        await asyncio.gather(*(each.start() for each in self.houses))
        # Each asked for what the other lets out before there was any, and would ask again by and by.
        await asyncio.gather(*(each.pick_up() for each in self.houses))

    async def until_ready(self) -> None:
        """Return when every service of both answers; raises TimeoutError."""
        await asyncio.gather(*(each.until_ready() for each in self.houses))

    async def testify(self) -> list[str]:
        """Why they do not come to rest, in a few lines each."""
        return [f"{each.region}: {line}" for each in self.houses for line in await each.testify()]

    async def stop(self) -> None:
        """End everything that was started here."""
        await asyncio.gather(*(each.stop() for each in self.houses))
        self.link.stop()
