"""Two regions with their real services on two real servers: a person is found, seated and erased across."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from maillage.events.topology import topology

from tests.support.at_work import Region, at_work
from tests.support.regions import Regions, eventually

PATIENCE = 120


@pytest.mark.timeout(600)
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
    # Who asks for a seat must share her name, and the seminar comes to events by another way than her card.
    await eventually(lambda: regions.hub.at_rest("EVENTS_FR_PAC", "events"), True, PATIENCE)
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
