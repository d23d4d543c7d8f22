"""Two regions with their real services on two real servers: a person is found, seated and erased across."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from maillage.events.topology import topology
from maillage.testing.tokens import TokenFactory
from maillage_directory.app import service as directory
from maillage_events.app import service as events
from pydantic import SecretStr

from tests.support.regions import Regions, Site, eventually

Json = dict[str, Any]
SERVICES = (directory, events)
PATIENCE = 60


@dataclass
class Region:
    """Directory and events of one region, at work; tokens of its own."""

    clients: dict[str, httpx.AsyncClient]
    tokens: TokenFactory

    async def get(self, service: str, path: str, headers: dict[str, str] | None = None) -> Json:
        answer = await self.clients[service].get(path, headers=headers or self.tokens.animator())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(
        self, service: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> Json:
        answer = await self.clients[service].post(path, json=body, headers=headers or self.tokens.animator())
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    async def coordinator(self, first: str, last: str) -> str:
        """Somebody who shares her name with all regions."""
        person = {"first_name": first, "last_name": last, "email": f"{first}.{last}@exemple.fr".lower()}
        return str(
            (await self.post("directory", "/coordinators", person | {"reach": {"name": "national"}}))["id"]
        )

    async def neighbours(self) -> list[str]:
        found = await self.get("directory", "/neighbours", self.tokens.coordinator())
        return [one["last_name"] for one in found["items"]]


@asynccontextmanager
async def at_work(site: Site, folder: Path) -> AsyncIterator[Region]:
    """The services of a region, each as its own user of the bus, on databases of their own."""
    tokens = TokenFactory(region=site.region)
    async with AsyncExitStack() as stack:
        clients = {}
        for service in SERVICES:
            settings = service.settings(
                region=site.region,
                peer_regions=site.topology.peers,
                database_url=f"sqlite:///{folder}/{site.region}-{service.name}.db",
                data_dir=folder / site.region,
                mailbox_dir=folder / site.region / "mailbox",
                nats_url=site.server.url,
                nats_user=service.name,
                nats_password=SecretStr(site.passwords[service.name]),
            )
            if service is directory:
                settings.erasure_services = ["directory", "events"]
            app = service.build(settings, keys=tokens.keys)
            await stack.enter_async_context(app.router.lifespan_context(app))
            base = f"http://localhost:8000{service.base_path}"
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)
            clients[service.name] = await stack.enter_async_context(client)
        yield Region(clients, tokens)


@pytest.mark.timeout(300)
async def test_a_person_is_found_seated_and_erased_across_the_link(tmp_path: Path) -> None:
    regions = Regions(tmp_path / "servers")
    regions.start(topology("fr-pac"))
    try:
        leaf = regions.add(topology("fr-occ", peers=["fr-pac"]))
        await leaf.provision()
        await regions.hub.provision()
        async with at_work(regions.hub, tmp_path) as here, at_work(leaf, tmp_path) as there:
            await story(here, there, regions)
    finally:
        regions.stop()


async def story(here: Region, there: Region, regions: Regions) -> None:
    camille = await here.coordinator("Camille", "Roux")
    await there.coordinator("Garance", "Delmas")
    await eventually(here.neighbours, ["Delmas"], PATIENCE)
    await eventually(there.neighbours, ["Roux"], PATIENCE)

    start = datetime.now(UTC) + timedelta(days=30)
    seminar = await there.post(
        "events",
        "/seminars",
        {
            "title": "Journées d’Occitanie",
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(days=1)).isoformat(),
            "capacity": 5,
            "audience": "national",
        },
    )
    await there.post("events", f"/seminars/{seminar['id']}/publish")

    async def announced() -> list[str]:
        return [one["id"] for one in (await here.get("events", "/neighbour-seminars"))["items"]]

    await eventually(announced, [seminar["id"]], PATIENCE)
    own = here.tokens.coordinator(camille)
    path = f"/neighbour-seminars/{seminar['id']}/registrations"
    request = await here.post("events", path, headers=own)

    async def state() -> str:
        answer = await here.get("events", f"/guest-registrations/{request['id']}", own)
        return str(answer["status"])

    await eventually(state, "confirmed", PATIENCE)
    (guest,) = (await there.get("events", f"/seminars/{seminar['id']}/registrations"))["items"]
    assert (guest["guest_region"], guest["coordinator"]["last_name"]) == ("fr-pac", "Roux")
    await erased(here, there, camille, seminar["id"])
    for site, stream in ((regions.hub, "EVENTS_FR_PAC"), (regions.leaves["fr-occ"], "FEED_FR_PAC")):
        left = [subject for subject in await site.subjects(stream) if "presented" in subject]
        assert not [subject for subject in left if camille in subject], stream


async def erased(here: Region, there: Region, person: str, seminar: str) -> None:
    """She asks to be erased: her seat and her card over there go, and the receipt says who has confirmed."""
    client, own = here.clients["directory"], here.tokens.coordinator(person)
    seen = await client.get(f"/coordinators/{person}", headers=own)
    headers = own | {"If-Match": seen.headers["etag"]}
    receipt = (await client.delete(f"/coordinators/{person}", headers=headers)).json()

    async def status() -> str:
        return str((await here.get("directory", f"/erasures/{receipt['id']}"))["status"])

    await eventually(status, "complete", PATIENCE)
    final = await here.get("directory", f"/erasures/{receipt['id']}")
    assert ("fr-occ", "directory") in {(one["region"], one["service"]) for one in final["abroad"]}
    assert await there.neighbours() == []

    async def listed() -> bool:
        found = await there.get("events", f"/seminars/{seminar}/registrations")
        return person in str(found) or "Roux" in str(found)

    await eventually(listed, False, PATIENCE)
