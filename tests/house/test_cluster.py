"""Three nats-servers with three copies of each stream: the one that leads is killed during the journeys."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from maillage.testing.databases import Databases
from maillage.testing.nats import find_server
from maillage.testing.processes import die_with_parent, free_port
from maillage.trust import trusted
from maillage_embedded.house import services
from maillage_embedded.up import serving

from tests.journeys import house, test_arrival, test_seminar
from tests.journeys.house import House, eventually
from tests.support.region import Region

CONFIGURATION = """\
server_name: n{number}
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
max_payload: 1MB
jetstream {{ store_dir: "{folder}/store", sync_interval: always, max_file_store: 1GB }}
cluster {{ name: trio, listen: "127.0.0.1:{route}", routes: [{routes}] }}
"""
EVENTS_BEFORE_THE_KILL = 12
AWAY_SECONDS = 4.0
# What was in hand when the leader died is given again after the acknowledgement's 30 seconds.
PATIENCE_UNDER_FAULT = 150.0


class Trio:
    """Three nats-servers that form one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [free_port() for _ in range(3)]
        self.monitors = [free_port() for _ in range(3)]
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        routes = [free_port() for _ in range(3)]
        named = ", ".join(f'"nats://127.0.0.1:{route}"' for route in routes)
        for number, route in enumerate(routes):
            place = folder / str(number)
            place.mkdir(parents=True)
            facts = {"port": self.ports[number], "monitor": self.monitors[number], "route": route}
            text = CONFIGURATION.format(number=number, folder=place, routes=named, **facts)
            (place / "nats.conf").write_text(text, encoding="utf-8")

    @property
    def url(self) -> str:
        return ",".join(f"nats://127.0.0.1:{port}" for port in self.ports)

    def start(self, number: int) -> None:
        place = self.folder / str(number)
        with (place / "nats.log").open("ab") as log:
            self.processes[number] = subprocess.Popen(
                [find_server(), "-c", str(place / "nats.conf")],
                stdout=log, stderr=log, preexec_fn=die_with_parent(signal.SIGKILL),
            )  # fmt: skip

    def well(self, number: int) -> bool:
        with suppress(httpx.HTTPError):
            return (
                httpx.get(f"http://127.0.0.1:{self.monitors[number]}/healthz", verify=trusted()).status_code
                == 200
            )
        return False

    def kill(self, name: str) -> int:
        """Kill -9 of the server with that name; its number."""
        number = int(name.removeprefix("n"))
        self.processes[number].kill()
        self.processes[number].wait()
        return number


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Trio]:
    made = Trio(tmp_path / "trio")
    for number in range(3):
        made.start(number)
    eventually(lambda: all(made.well(number) for number in range(3)), "three servers are one", 120)
    yield made
    for process in made.processes.values():
        process.kill()
        process.wait()


def play(region: House, killed: threading.Event) -> None:
    """Journeys that need every service, one after the other; all of them again if they are over too soon."""
    played = 0
    while not played or not killed.is_set():
        for journey in (test_arrival, test_seminar):
            for name, function in vars(journey).items():
                if name.startswith("test_"):
                    function(region)
                    played += 1
        assert played >= 2


async def leader(region: Region) -> str:
    """Who leads the stream; for a moment it may be nobody."""
    async with region.place() as place, asyncio.timeout(60):
        while True:
            info = await place.client.jetstream(timeout=30).stream_info("EVENTS_FR_PAC")
            assert info.cluster is not None
            if info.cluster.leader:
                return str(info.cluster.leader)
            await asyncio.sleep(0.05)


async def length(region: Region) -> int:
    async with region.place() as place:
        return (await place.client.jetstream(timeout=30).stream_info("EVENTS_FR_PAC")).state.last_seq


@pytest.mark.timeout(400)
async def test_the_leader_is_killed_and_comes_back_and_nothing_is_lost(
    trio: Trio, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "PATIENCE_SECONDS", PATIENCE_UNDER_FAULT)
    urls = {service.name: await databases.empty("sqlite") for service in services()}
    region = Region(tmp_path / "house", urls, trio.url, replicas=3)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with region.running(), serving(region.root, listener, proxied=False):
            gone = threading.Event()
            playing = asyncio.create_task(asyncio.to_thread(play, House(address, region.token), gone))
            while await length(region) < EVENTS_BEFORE_THE_KILL and not playing.done():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            killed = trio.kill(await leader(region))
            gone.set()
            await asyncio.sleep(AWAY_SECONDS)
            trio.start(killed)
            await playing
            await region.settled()
    await asyncio.to_thread(eventually, lambda: trio.well(killed), "it is back and has what it missed", 120)
    there = Counter(event_id for _, event_id, _ in (await region.stream()).values())
    contents = await region.contents()
    journal = [
        str(row["event_id"])
        for service in services()
        for row in contents[f"{service.name}.outbox"]
        if row["data"] is not None
    ]
    assert sorted(there) == sorted(journal), "every event of every journal is in the stream"
    assert set(there.values()) == {1}, "and once"
