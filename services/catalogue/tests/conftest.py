"""A catalogue beside a real nats-server, with a region of each test's own."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from maillage.events.names import feed_stream
from maillage.events.streams import Topology, provision
from maillage.testing import NatsServer, TokenFactory
from maillage.testing.databases import Databases, Dialect
from maillage_catalogue.app import service
from nats.js.api import StreamConfig

sys.path.insert(0, str(Path(__file__).parent))
from catalogue_site import STARTED, OpenShelf, Shelf, Site


@pytest.fixture
async def site(nats_server: NatsServer, region: str) -> AsyncIterator[Site]:
    """A region of the test's own, with the streams as they are provisioned and one reader."""
    client = await nats.connect(nats_server.url)
    topology = Topology(region, {"notifications": [STARTED], "stranger": [STARTED]})
    await provision(client.jetstream(timeout=60), topology)
    yield Site(client, region, nats_server.url)
    await client.close()


@pytest.fixture
def peer(region: str) -> str:
    """Another region of the test's own."""
    return region.replace("fr-t", "fr-p")


@pytest.fixture
async def feed(site: Site, peer: str) -> str:
    """The copy of a peer region's public events, which tests write to directly."""
    await site.client.jetstream(timeout=60).add_stream(
        StreamConfig(name=feed_stream(peer), subjects=[f"{peer}.>"], allow_direct=True)
    )
    return feed_stream(peer)


@pytest.fixture
def shelf(databases: Databases, tokens: TokenFactory, nats_server: NatsServer, region: str) -> OpenShelf:
    """`async with shelf() as catalogue`: a migrated, running catalogue that reads the test's region."""

    @asynccontextmanager
    async def opened(
        dialect: Dialect = "sqlite",
        url: str = "",
        nats_url: str | None = None,
        workers: bool = True,
        **settings: Any,
    ) -> AsyncIterator[Shelf]:
        own = url or await databases.migrated(dialect, service.migrations)
        values = {
            "database_url": own,
            "migrate_on_start": False,
            "nats_url": nats_server.url if nats_url is None else nats_url,
            "region": region,
            "catalogue_poll_seconds": 0.05,
            "catalogue_readers_seconds": 0.2,
            **settings,
        }
        app = service.build(service.settings(**values), keys=tokens.keys, workers=workers)
        base = f"http://localhost:8000{service.base_path}"
        try:
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as client,
            ):
                yield Shelf(app, client, TokenFactory(region=values["region"], key=tokens.key))
        finally:
            if not url:
                await databases.drop(own)

    return opened
