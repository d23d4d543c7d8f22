"""A house of the test's own: `maillage up` in a process, on a folder and a port that nobody else has."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from maillage.events.streams import events_stream
from maillage.nats import OPERATOR
from maillage.nats.folder import Folder
from maillage.settings import ServiceSettings
from maillage.testing.processes import free_port
from maillage.trust import trusted
from maillage_embedded.broker import client_url
from maillage_embedded.home import Home

from tests.support import warm

MAILLAGE = str(Path(sys.executable).with_name("maillage"))
SERVICES = ("directory", "events", "mentoring", "notifications", "catalogue")


def run_maillage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return warm.run(*arguments, COLUMNS="400")


def eventually(look: Callable[[], Any], what: str, patience: float = 120) -> Any:
    deadline = time.monotonic() + patience
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        time.sleep(0.1)
    return seen


def state_of(pid: int) -> str:
    """A process's state as the kernel has it: R, S, T …"""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]


@dataclass
class UpHouse:
    """A data folder and the `maillage up` on it; `installed`: the program itself, started from nothing."""

    data: Path
    arguments: tuple[str, ...] = ("--no-demo",)
    port: int = field(default_factory=free_port)
    installed: bool = False
    process: subprocess.Popen[bytes] | warm.Process | None = None

    @property
    def output(self) -> str:
        return (self.data.parent / "up.txt").read_text(encoding="utf-8")

    def start(self) -> None:
        words = ("up", "--data", str(self.data), "--port", str(self.port), *self.arguments)
        with (self.data.parent / "up.txt").open("ab") as output:
            self.process = (
                subprocess.Popen([MAILLAGE, *words], stdout=output, stderr=output)
                if self.installed
                else warm.start(*words, stdout=output, stderr=output)
            )
        eventually(self.ready, "the house is ready", 180)

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.output
        return self.answers()

    def answers(self) -> bool:
        try:
            return all(answer.status_code == 200 for answer in self.told())
        except httpx.TransportError:
            return False

    def told(self) -> list[httpx.Response]:
        """What each service says of itself."""
        places = [f"http://127.0.0.1:{self.port}/api/{name}/v1/readyz" for name in SERVICES]
        return [httpx.get(place, verify=trusted(), timeout=60) for place in places]

    def well(self) -> bool:
        """Whether nothing is in the way of any service's events either: it answers before the bus does."""
        answers = [answer.json() for answer in self.told()]
        return all(answer["status"] == "ok" and "problems" not in answer for answer in answers)

    def lose_store(self) -> None:
        """The bus's streams are gone and its server with them, held so that it writes nothing meanwhile."""
        (server,) = eventually(self.nats_servers, "a nats-server runs")
        os.kill(server, signal.SIGSTOP)
        eventually(lambda: state_of(server) == "T", "nats-server stands still")
        shutil.rmtree(self.data / "nats" / "store")
        os.kill(server, signal.SIGKILL)

    def delete_stream(self) -> None:
        """Somebody deletes the region's stream with a tool of NATS' own, and means another one."""
        home = Home(self.data)
        url = client_url(home)
        assert url is not None
        password = Folder(self.data).password(OPERATOR)

        async def delete() -> None:
            inbox = f"_INBOX.{OPERATOR}".encode()
            client = await nats.connect(url, user=OPERATOR, password=password, inbox_prefix=inbox)
            try:
                await client.jetstream(timeout=60).delete_stream(events_stream(ServiceSettings().region))
            finally:
                await client.close()

        asyncio.run(delete())

    def end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=120)

    def operator(self) -> httpx.Client:
        asked = run_maillage(
            "token", "operation@maillage.example", "--role", "admin", "--data", str(self.data)
        )
        assert asked.returncode == 0, asked.stderr
        headers = {"Authorization": f"Bearer {asked.stdout.strip()}"}
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api", headers=headers, verify=trusted(), timeout=60
        )

    def nats_servers(self) -> list[int]:
        """The nats-server processes that run this folder's configuration."""
        ours = str(self.data.resolve() / "nats" / "nats.conf").encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                parts = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            except OSError:
                continue
            if ours in parts:
                found.append(int(entry.name))
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[UpHouse]:
    made = UpHouse(tmp_path / "data")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.end(signal.SIGTERM)


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[..., Any]:
    return eventually


@pytest.fixture(scope="session")
def maillage() -> Callable[..., subprocess.CompletedProcess[str]]:
    return run_maillage


@pytest.fixture(scope="session")
def make_house() -> type[UpHouse]:
    return UpHouse
