"""The catalogue between two real regions, as its own user of the bus: what is sent and what comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from maillage.testing import TokenFactory
from maillage_catalogue.app import service
from pydantic import SecretStr

from tests.regions.conftest import INTERNAL, PUBLIC
from tests.support.regions import Regions, Site, eventually

CREATED = PUBLIC[0]


@asynccontextmanager
async def catalogue(site: Site, folder: Path, tokens: TokenFactory) -> AsyncIterator[httpx.AsyncClient]:
    """The region's catalogue, called as an administrator."""
    settings = service.settings(
        region=site.region,
        peer_regions=list(site.topology.peers),
        database_url=f"sqlite:///{folder / 'catalogue.db'}",
        nats_url=site.server.url,
        nats_user="catalogue",
        nats_password=SecretStr(site.passwords["catalogue"]),
        catalogue_monitor_url=site.server.monitor,
        catalogue_poll_seconds=0.1,
        catalogue_readers_seconds=0.3,
    )
    app = service.build(settings, keys=tokens.keys)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=f"http://localhost{service.base_path}",
            headers=tokens.admin(),
        ) as client,
    ):
        yield client


async def test_the_page_of_exchanges_tells_what_crosses(
    regions: Regions, tmp_path: Path, tokens: TokenFactory
) -> None:
    hub, leaf = regions.hub, regions.leaves["fr-occ"]
    await hub.provision()
    await leaf.provision()
    await hub.publish(CREATED)
    await hub.publish(INTERNAL[0])
    theirs = await leaf.publish(CREATED)
    async with catalogue(hub, tmp_path, tokens) as client:

        async def flows() -> dict[str, Any]:
            answer: dict[str, Any] = (await client.get("/flows")).json()
            return answer

        told: list[dict[str, Any]] = []

        async def linked() -> bool:
            """What was said before may have come already; that all of this has is what is waited for."""
            found = await flows()
            sent, received = found["sent"], found["received"]
            if not (sent and sent[0]["present"] and received and await theirs_here()):
                return False
            if received[0]["silence"] is None:  # a feed that was just picked up again says so by and by
                return False
            if (
                received[0]["problem"] is not None
            ):  # nor was the server, which has just begun again, there at once
                return False
            told.append(found)
            return all(CREATED in {each["type"] for each in side[0]["types"]} for side in (sent, received))

        async def theirs_here() -> list[dict[str, Any]]:
            asked = await client.get("/events", params={"region": "fr-occ", "entity_id": theirs})
            return list(asked.json()["items"])

        async def readers() -> set[tuple[str, bool]]:
            consumed = (await client.get(f"/event-types/{CREATED}")).json()["consumed_by"]
            return {(each["service"], each["configured"]) for each in consumed}

        async def directory_reads() -> bool:
            return ("directory", True) in await readers()

        await eventually(linked)
        await eventually(directory_reads)
        found = told[-1]
        (sent,), (received,) = found["sent"], found["received"]
        assert (sent["region"], sent["expected"], sent["subjects"]) == ("fr-occ", True, ["fr-pac.>"])
        assert sent["since"] <= sent["last_seen"]
        crossing = {each["type"]: each["count"] for each in sent["types"]}
        assert crossing[CREATED] >= 1
        assert INTERNAL[0] not in crossing
        assert (received["region"], received["problem"]) == ("fr-occ", None)
        assert received["silence"] >= 0
        assert CREATED in {each["type"] for each in received["types"]}
        events = await theirs_here()
        assert [(each["source"], each["stream"]) for each in events] == [("/fr-occ/directory", "FEED_FR_OCC")]
