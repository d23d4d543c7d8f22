"""A region that has none of our code, on a leaf of its own with the files we hand out: it takes part."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from maillage.events.names import feed_stream
from maillage.events.topology import Topology
from maillage.nats import Leaf
from maillage.nats.package import leaf_topology, write_package
from maillage.testing.processes import die_with_parent, free_port
from maillage_conform.checks.schema import schemas
from maillage_conform.messages import PREFIX, Fact
from maillage_conform.peer import Guest, Person

from tests.support.example import compiled
from tests.support.regions import Regions, Site, eventually

SERVICES = ["directory", "events"]


@dataclass
class Stranger:
    """Occitanie's one process, and the two regions' servers."""

    regions: Regions
    page: str

    @property
    def hub(self) -> Site:
        return self.regions.hub

    async def says(self, fact: Fact) -> None:
        """Provence says something, as its services would."""
        said = fact.said_in("fr-pac")
        async with self.hub.operator() as jetstream:
            await jetstream.publish(said.subject, said.data, headers=said.headers)

    async def heard(self, short: str) -> list[dict[str, Any]]:
        """What has come to Provence of this type."""
        stream, found = feed_stream("fr-occ"), []
        async with self.hub.operator() as jetstream:
            state = (await jetstream.stream_info(stream)).state
            for place in range(state.first_seq, state.last_seq + 1) if state.messages else ():
                message = await jetstream.get_msg(stream, place)
                if f".{short}." in str(message.subject):
                    found.append(json.loads(message.data or b""))
        return found

    async def count(self, short: str) -> int:
        return len(await self.heard(short))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    programs, folder = compiled(), tmp_path_factory.mktemp("stranger")
    regions = Regions(folder)
    public = sorted(kind.removeprefix(PREFIX) for kind in schemas())
    hub = Topology(
        "fr-pac", {}, services=SERVICES, public=public, peers=["fr-occ"], abroad={"events": public}
    )
    regions.start(hub)
    process = None
    try:
        leaf = regions.add(leaf_topology("fr-occ", hub, SERVICES))
        package = folder / "package"
        write_package(package, leaf.topology, Leaf("fr-pac", "nats-leaf://elsewhere:7422", "unused"))
        (package / "passwords.json").write_text(json.dumps(leaf.passwords), encoding="utf-8")
        port = free_port()
        told = {
            **os.environ,
            "MAILLAGE_NATS_URL": leaf.server.url,
            "MAILLAGE_NATS_PASSWORDS_FILE": str(package / "passwords.json"),
            "MAILLAGE_DATA_DIR": str(folder / "state"),
            "PORT": str(port),
        }
        subprocess.run(["node", str(programs / "provision.js"), str(package)], env=told, check=True)
        process = subprocess.Popen(
            ["node", str(programs / "main.js")], env=told, preexec_fn=die_with_parent(signal.SIGKILL)
        )
        yield Stranger(regions, f"http://127.0.0.1:{port}")
    finally:
        if process is not None:
            process.kill()
            process.wait()
        regions.stop()


async def test_its_people_and_its_seminar_arrive_with_their_history(stranger: Stranger) -> None:
    await stranger.hub.provision()
    await eventually(lambda: stranger.count("coordinator.presented.v1"), 2)
    await eventually(lambda: stranger.count("seminar.opened.v1"), 1)
    names = {card["last_name"] for card in await stranger.heard("coordinator.presented.v1")}
    assert names == {"Mirepoix", "Castelnau"}


async def test_a_guest_is_answered_across_the_link_and_forgotten_with_receipts(stranger: Stranger) -> None:
    await stranger.hub.provision()
    await eventually(lambda: stranger.count("seminar.opened.v1"), 1)
    (seminar,) = await stranger.heard("seminar.opened.v1")
    person = Person()
    guest = Guest(person, seminar["seminar_id"], "fr-occ")
    await stranger.says(person.presented())
    await stranger.says(guest.requested())
    await eventually(lambda: stranger.count("guest.answered.v1"), 1)
    (answer,) = await stranger.heard("guest.answered.v1")
    assert (answer["guest_id"], answer["status"], answer["guest_region"]) == (guest.id, "confirmed", "fr-pac")
    async with httpx.AsyncClient(base_url=stranger.page, timeout=60) as browser:
        assert person.marker in (await browser.get(f"/people/{person.id}")).text
        await stranger.says(person.erased(60))
        await eventually(lambda: stranger.count("erasure.confirmed.v1"), 2)
        assert (await browser.get(f"/people/{person.id}")).status_code == 404
    receipts = await stranger.heard("erasure.confirmed.v1")
    assert {each["erasure_id"] for each in receipts} == {person.erasure_id}
