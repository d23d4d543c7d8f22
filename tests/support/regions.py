"""Two regions as two nats-servers: a hub, and a leaf that runs the very file written for its people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nats
from maillage.events.event import full_type, subject_of
from maillage.events.streams import provision
from maillage.events.topology import Topology
from maillage.ids import new_id
from maillage.nats import Leaf, Listeners, leaf_configuration, server_configuration, users
from maillage.testing.nats import NatsServer
from maillage.testing.processes import free_port
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError


@dataclass
class Site:
    """One region's server, with its topology; `operator()` and `sign_in()` are connections to it."""

    topology: Topology
    server: NatsServer
    passwords: dict[str, str]

    @property
    def region(self) -> str:
        return self.topology.region

    @asynccontextmanager
    async def sign_in(
        self, user: str, password: str | None = None
    ) -> AsyncIterator[tuple[Client, list[str]]]:
        """A connection of a user, and what the server refuses it."""
        refused: list[str] = []

        async def note(error: Exception) -> None:
            refused.append(str(error))

        client = await nats.connect(
            self.server.url,
            user=user,
            password=password or self.passwords[user],
            inbox_prefix=f"_INBOX.{user}".encode(),
            allow_reconnect=False,
            connect_timeout=60,  # a busy machine, not an absent server
            error_cb=note,
        )
        try:
            yield client, refused
        finally:
            await client.close()

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[JetStreamContext]:
        """The operator's JetStream."""
        async with self.sign_in("operator") as (client, _):
            yield client.jetstream(timeout=60)

    async def provision(self) -> list[str]:
        """Make the region's streams."""
        async with self.operator() as jetstream:
            return await provision(jetstream, self.topology)

    async def publish(self, event_type: str, number: int = 0, **body: Any) -> str:
        """An event of this region, as its operator may publish any; its entity's id."""
        entity = str(new_id())
        async with self.operator() as jetstream:
            await jetstream.publish(
                subject_of(self.region, full_type(event_type), entity),
                b'{"number": %d}' % number,
                headers=headers(self.region, event_type),
            )
        return entity

    async def subjects(self, stream: str) -> list[str]:
        """What a stream holds, in its order."""
        return [str(message.subject) for message in await self.messages(stream)]

    async def messages(self, stream: str) -> list[RawStreamMsg]:
        """The messages of a stream, in its order."""
        found: list[RawStreamMsg] = []
        place = 1
        async with self.operator() as jetstream:
            while True:
                try:
                    found.append(await jetstream.get_msg(stream, place, subject=">", next=True))
                except NotFoundError:
                    return found
                place = (found[-1].seq or 0) + 1

    async def at_rest(self, stream: str, consumer: str) -> bool:
        """Whether a consumer has handled all that its stream holds."""
        async with self.operator() as jetstream:
            info = await jetstream.consumer_info(stream, consumer)
        return not info.num_pending and not info.num_ack_pending

    async def streams(self) -> list[str]:
        """The names of all the region's streams."""
        async with self.operator() as jetstream:
            return [str(info.config.name) for info in await jetstream.streams_info()]


def headers(region: str, event_type: str) -> dict[str, str]:
    """The CloudEvents headers of an event of `region`."""
    event_id = str(new_id())
    return {
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": full_type(event_type),
        "ce-source": f"/{region}/{event_type.split('.')[0]}",
        "ce-time": "2026-03-01T10:00:00Z",
        "Nats-Msg-Id": event_id,
    }


@dataclass
class Regions:
    """A hub and its leaves. `add` links one more region: the hub is started anew with a door for it."""

    folder: Path
    hub: Site = field(init=False)
    leaves: dict[str, Site] = field(default_factory=dict)
    doors: dict[str, str] = field(default_factory=dict)
    leaf_port: int = field(default_factory=free_port)

    def start(self, topology: Topology) -> None:
        """Start the hub alone."""
        server = NatsServer(self.folder / "hub", self._render_hub)
        self.hub = Site(topology, server, passwords_of(topology))
        server.start()

    def add(self, topology: Topology) -> Site:
        """Link a region: a door at the hub, and a leaf server of its own.

        A reload (SIGHUP) makes the door, but what is asked through it is not answered (nats-server 2.15.1).
        """
        region = topology.region
        self.doors[region] = f"door-of-{region}"
        self.hub.topology = replace(self.hub.topology, peers=sorted(self.doors))
        self.hub.server.stop()
        self.hub.server.start()
        server = NatsServer(self.folder / region, lambda own: self._render_leaf(own, region))
        self.leaves[region] = Site(topology, server, passwords_of(topology))
        server.start()
        return self.leaves[region]

    def stop(self) -> None:
        """End every server."""
        for site in (*self.leaves.values(), self.hub):
            site.server.stop()

    def _render_hub(self, own: NatsServer) -> str:
        listeners = listeners_of("hub", own)
        listeners = replace(listeners, leaf=f"127.0.0.1:{self.leaf_port}")
        return server_configuration(self.hub.topology, listeners, self.hub.passwords, self.doors)

    def _render_leaf(self, own: NatsServer, region: str) -> str:
        leaf = Leaf(self.hub.region, f"nats-leaf://127.0.0.1:{self.leaf_port}", self.doors[region])
        site = self.leaves[region]
        return leaf_configuration(site.topology, listeners_of(region, own), site.passwords, leaf)


def passwords_of(topology: Topology) -> dict[str, str]:
    """A password for each user of a region's bus."""
    return {user.name: f"{topology.region}-{user.name}" for user in users(topology)}


def listeners_of(name: str, own: NatsServer) -> Listeners:
    """Where a test's server listens and keeps things."""
    return Listeners(
        name,
        client=f"127.0.0.1:{own.port}",
        monitor="127.0.0.1:-1",
        store=f"{own.folder}/store",
        extra={"ports_file_dir": str(own.folder)},
    )


async def eventually(
    question: Callable[[], Awaitable[object]], wanted: object = True, patience: float = 120
) -> None:
    """Return when `question()` gives `wanted`; fail with its last answer when patience ends."""
    deadline = time.monotonic() + patience
    while (answer := await question()) != wanted:
        assert time.monotonic() < deadline, f"still {answer!r}, not {wanted!r}"
        await asyncio.sleep(0.05)
