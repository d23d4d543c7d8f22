"""A region's bus with its users, and the service `maker` on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from uuid import UUID

import nats
from maillage.db import Database
from maillage.events import Consumed, Consumer, Event
from maillage.events.runtime import EventRuntime
from maillage.events.streams import events_stream, feed_stream, public_stream
from maillage.events.topology import Topology
from maillage.nats import users
from maillage.settings import ServiceSettings
from maillage.testing.consuming import consuming
from maillage.testing.nats import NatsServer
from nats.aio.client import Client
from pydantic import SecretStr

MADE = "maker.piece.made.v1"
TOPOLOGY = Topology(
    "fr-pac",
    {"maker": [MADE], "other": [MADE]},
    services=["maker", "other"],
    public=[MADE],
    peers=["fr-occ"],
    abroad={"maker": [MADE]},
    erasing=["maker"],
)
PASSWORDS = {user.name: f"{user.name}-secret" for user in users(TOPOLOGY)}
EVENTS, FEED, PUBLIC = events_stream("fr-pac"), feed_stream("fr-occ"), public_stream("fr-pac")


class PieceMade(Event, service="maker", entity="piece", name="made", key="thing_id", personal=True):
    """A piece was made. Personal in this process: no other test's event may have its name."""

    thing_id: UUID


class Made(Consumed):
    thing_id: UUID


@asynccontextmanager
async def signed_in(server: NatsServer, user: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A connection of that user, and what the server refused it."""
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    client = await nats.connect(
        server.url,
        user=user,
        password=PASSWORDS[user],
        inbox_prefix=f"_INBOX.{user}".encode(),
        error_cb=note,
        allow_reconnect=False,
        connect_timeout=60,  # a busy machine, not an absent server
    )
    try:
        yield client, refused
    finally:
        await client.close()


def at_work(
    server: NatsServer, consumer: Consumer, folder: Path
) -> AbstractAsyncContextManager[tuple[EventRuntime, Database]]:
    """The service `maker` with a database of its own."""
    settings = ServiceSettings(
        region="fr-pac",
        peer_regions=["fr-occ"],
        nats_url=server.url,
        nats_user="maker",
        nats_password=SecretStr(PASSWORDS["maker"]),
    )
    return consuming("maker", consumer, settings, folder)


async def until(question: Callable[[], object], patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    answer: object = None
    while not answer:
        answer = question()
        if asyncio.iscoroutine(answer):
            answer = await answer
        assert time.monotonic() < deadline, "it never came to pass"
        await asyncio.sleep(0.03)
