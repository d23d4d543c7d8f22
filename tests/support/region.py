"""Every service of a region in this process, on databases and a nats-server that a test may destroy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import nats
from maillage.backup.place import Place
from maillage.db import Database
from maillage.events.streams import StreamOptions, provision, topology
from maillage.ids import new_id
from maillage_directory.auth.accounts import operator_token
from maillage_directory.settings import DirectorySettings
from maillage_embedded.broker import Broker
from maillage_embedded.home import Home
from maillage_embedded.house import running_house, services
from maillage_embedded.plan import Plan
from maillage_embedded.root import Root
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import ServiceUnavailableError
from sqlalchemy import func, select

REGION = "fr-pac"
LONGEST_REST = 90
READING = ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=60)


@dataclass(frozen=True)
class AnywherePlan(Plan):
    """A plan whose databases are where the test says."""

    databases: dict[str, str]

    def settings(self, service: str) -> dict[str, Any]:
        """The launcher's settings with the test's database."""
        return {**super().settings(service), "database_url": self.databases[service]}


@dataclass
class Region:
    """`databases`: URLs by service. `nats_url`: one address or several."""

    folder: Path
    databases: dict[str, str]
    nats_url: str
    replicas: int = 1
    root: Root | None = None
    token: str = ""

    @property
    def plan(self) -> AnywherePlan:
        return AnywherePlan(Home(self.folder), "127.0.0.1", 8000, self.databases)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[httpx.AsyncClient]:
        """The started services; a client that may do everything."""
        self.plan.home.prepare()
        async with self.place() as place:
            jetstream = place.client.jetstream(timeout=60)
            await provision(jetstream, topology(REGION), StreamOptions(replicas=self.replicas))
        bus = {"url": self.nats_url, "monitor_url": "", "region": REGION, "peers": []}
        broker = cast(Broker, SimpleNamespace(**bus, password_of=lambda _: ""))
        async with running_house(self.plan, broker, lambda _: None) as root:
            settings = DirectorySettings(**self.plan.settings("directory"))
            token = await operator_token(settings, "op@exemple.fr", "admin", lifetime=timedelta(hours=1))
            self.root, self.token = root, token
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(root),
                base_url="http://localhost:8000/api",
                headers={"Authorization": f"Bearer {token}"},
                timeout=60,
            ) as client:
                yield client

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """The region as a backup and a restore see it."""
        client = await nats.connect(self.nats_url.split(","))
        try:
            yield Place(client, REGION, self.databases, self.folder / "keys")
        finally:
            await client.close()

    async def contents(self, *without: str) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, by service and table."""
        found = {}
        for service in services():
            db = Database(self.databases[service.name])
            async with db.read() as session:
                for table in service.base.metadata.sorted_tables:
                    if table.name not in without:
                        query = select(table).order_by(*table.primary_key.columns)
                        rows = (await session.execute(query)).all()
                        found[f"{service.name}.{table.name}"] = [dict(row._mapping) for row in rows]
            await db.dispose()
        return found

    async def settled(self) -> None:
        """Return once nothing waits: no journal entry to publish, no event to handle.

        Raises TimeoutError when something waits and nothing has moved for long, however slow the machine is.
        """
        databases = {name: Database(url) for name, url in self.databases.items()}
        seen, clock = -1, asyncio.get_running_loop().time
        try:
            async with self.place() as place:
                while waiting := await _waiting(place, databases):
                    if waiting != seen:
                        seen, moved = waiting, clock()
                    elif clock() - moved > LONGEST_REST:
                        raise TimeoutError(f"{waiting} wait, and none has moved for {LONGEST_REST} s")
                    await asyncio.sleep(0.1)
        finally:
            for db in databases.values():
                await db.dispose()

    async def stream(self) -> dict[int, tuple[str, str, bytes]]:
        """Every event in the stream: subject, id and body by its number.

        The stream's leader says how many: a reader may be on a copy that has yet to catch up.
        """
        found: dict[int, tuple[str, str, bytes]] = {}
        async with self.place() as place:
            jetstream = place.client.jetstream(timeout=60)
            messages = (await jetstream.stream_info("EVENTS_FR_PAC")).state.messages
            reader = await jetstream.pull_subscribe("", stream="EVENTS_FR_PAC", config=READING)
            while len(found) < messages:
                for message in await _fetched(reader, min(messages - len(found), 500)):
                    event_id = (message.headers or {})["ce-id"]
                    found[message.metadata.sequence.stream] = (message.subject, event_id, message.data)
        return found

    async def positions(self) -> dict[str, tuple[int, int]]:
        """Where each consumer is: the last number handed out, and up to which all is acknowledged."""
        async with self.place() as place:
            infos = await place.client.jetstream(timeout=60).consumers_info("EVENTS_FR_PAC")
        return {
            info.name: (
                info.delivered.stream_seq if info.delivered else 0,
                info.ack_floor.stream_seq if info.ack_floor else 0,
            )
            for info in infos
            if info.config.durable_name
        }


async def _fetched(reader: JetStreamContext.PullSubscription, most: int) -> list[Msg]:
    """The next messages. Who is to hand them out, of a cluster, may not have heard of its reader yet."""
    async with asyncio.timeout(LONGEST_REST):
        while True:
            with suppress(ServiceUnavailableError):
                return await reader.fetch(most, timeout=60)
            await asyncio.sleep(0.05)


async def _waiting(place: Place, databases: dict[str, Database]) -> int:
    """How many events are handed out or still to hand out, or else to publish."""
    jetstream = place.client.jetstream(timeout=60)
    before = (await jetstream.stream_info("EVENTS_FR_PAC")).state.last_seq
    infos = await jetstream.consumers_info("EVENTS_FR_PAC")
    # A reader of the test's own (`stream`) has something pending for as long as the server remembers it.
    durables = [info for info in infos if info.config.durable_name]
    if waiting := sum((info.num_pending or 0) + (info.num_ack_pending or 0) for info in durables):
        return waiting
    for service in services():
        outbox = service.base.kit.outbox
        async with databases[service.name].read() as session:
            unpublished = select(func.count()).where(outbox.c.published_at.is_(None))
            waiting += await session.scalar(unpublished) or 0
    # What was published after the consumers were asked is in neither count.
    return waiting + (await jetstream.stream_info("EVENTS_FR_PAC")).state.last_seq - before


async def arrive(client: httpx.AsyncClient, number: int) -> str:
    """Somebody takes up the post of a CPTS of her own; her id."""
    headers = {"Idempotency-Key": str(new_id())}
    body: dict[str, Any] = {"name": f"CPTS n° {number}", "communes": [{"insee": "04112"}]}
    made = await client.post("/directory/v1/cpts", json=body, headers=headers)
    assert made.status_code == 201, made.text
    person = {"first_name": "Odile", "last_name": "Inventée", "email": f"odile{number}@exemple.fr"}
    path = f"/directory/v1/cpts/{made.json()['id']}/positions"
    headers = {"Idempotency-Key": str(new_id())}
    taken = await client.post(path, json={"coordinator": person}, headers=headers)
    assert taken.status_code == 201, taken.text
    return str(taken.json()["coordinator_id"])
