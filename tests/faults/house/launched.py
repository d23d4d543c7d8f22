"""The embedded default as people start it: `maillage up` on a folder, in one process or in several.

Its launcher is the supervisor here, so a process is killed by its id and comes back by the launcher's doing;
the launcher itself can be killed too, and the store be lost while the house stands still. In one process
only nats-server is beside the launcher, and what is done to "a service" is done to all of them.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from maillage.auth import COORDINATOR
from maillage.events.operator import settings_for
from maillage_directory.auth.accounts import operator_token
from maillage_directory.auth.keys import issuer_keys
from maillage_directory.settings import DirectorySettings

from tests.faults.house.house import REGION, SERVICES, House, as_operator
from tests.faults.house.process import resource_limit
from tests.support.embedded import Embedded

LONG = timedelta(hours=12)
LAUNCHER = "launcher"


class Found:
    """A process that the launcher keeps running, found anew each time by what it runs."""

    def __init__(self, house: Launched, name: str) -> None:
        self._house, self.name, self.deaths = house, name, 0

    @property
    def pid(self) -> int | None:
        """The running process; None while there is none."""
        return self._house.child(self.name)

    def kill(self) -> bool:
        """SIGKILL; whether there was a process to kill."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.deaths += 1
        return pid is not None

    def pause(self, paused: bool) -> None:
        """SIGSTOP or SIGCONT."""
        if (pid := self.pid) is not None:
            os.kill(pid, signal.SIGSTOP if paused else signal.SIGCONT)

    def limit_files(self, size: int | None) -> None:
        """No file may grow beyond `size` bytes; None: no limit, nor for what it started meanwhile."""
        for pid in (self.pid, self._house.child("nats-server") if size is None else None):
            if pid is not None:
                with suppress(ProcessLookupError):  # it ended a moment ago
                    resource_limit(pid, size)


class Launched(House):
    """`services`, `names`, `databases` and the rest as every house has them; no proxies, no PostgreSQL."""

    def __init__(self, folder: Path, *, processes: bool = True) -> None:
        super().__init__(folder, "sqlite", SERVICES)
        self._apart = processes
        self.up = Embedded(folder / "data", ("--no-demo", *(["--processes"] if processes else [])))
        self.names = list(SERVICES) if processes else [LAUNCHER]
        self.processes = {name: Found(self, name) for name in self.names}  # type: ignore[misc]
        bus = Found(self, "nats-server")
        self.found = {"nats-server": bus, **(self.processes if processes else {})}

    @property
    def supervised(self) -> bool:
        return self._apart

    @property
    def launched(self) -> bool:
        return True

    @property
    def mailbox(self) -> Path:
        return self.folder / "data" / "mailbox"

    def url(self, service: str) -> str:
        return f"{self.up.url}/api/{service}/v1"

    async def start(self) -> None:
        await asyncio.to_thread(self.up.start)
        data = self.folder / "data"
        self.databases = {name: f"sqlite:///{data.resolve() / name}.db" for name in SERVICES}
        issuer = f"http://localhost:{self.up.port}/api/directory/v1"
        url = self.databases["directory"]
        settings = DirectorySettings(environment="demo", database_url=url, data_dir=data, issuer=issuer)
        self._signer = issuer_keys(settings).signer(settings)
        self.operator = await operator_token(settings, "exploitation@exemple.fr", "admin", lifetime=LONG)

    def readiness(self) -> list[str]:
        return [f"{self.url(name)}/readyz" for name in SERVICES]

    def logs(self) -> dict[str, str]:
        found = sorted((self.folder / "data" / "log").glob("*.log"))
        return {path.stem: path.read_text("utf-8", "replace") for path in found}

    async def say_who_waits(self) -> None:
        """Its logs say what they say."""

    def token(self, person_id: str) -> str:
        assert self._signer is not None
        return self._signer.sign(person_id, roles=[COORDINATOR], region=REGION, lifetime=LONG)

    async def until_ready(self) -> None:
        if not self.up.running():
            await asyncio.to_thread(self.up.start)
        for _ in range(600):
            if await asyncio.to_thread(self.up.ready):
                return
            await asyncio.sleep(0.2)
        raise TimeoutError("the house is not ready")

    def bus_address(self) -> tuple[str, dict[str, Any]]:
        known = settings_for(self.folder / "data")
        password = known.nats_password.get_secret_value() if known.nats_password else ""
        return known.nats_url, as_operator(known.nats_user, password)

    def child(self, name: str) -> int | None:
        """The launcher's child that runs this service, or nats-server; or the launcher itself."""
        if not self.up.running() or self.up.process is None:
            return None
        if name == LAUNCHER:
            return self.up.process.pid
        listed = Path(f"/proc/{self.up.process.pid}/task/{self.up.process.pid}/children")
        wanted = "nats-server" if name == "nats-server" else f"maillage_{name}"
        for pid in listed.read_text(encoding="ascii").split():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if any(word == wanted or word.endswith(f"/{wanted}") for word in words):
                return int(pid)
        return None

    async def stop(self) -> None:
        if self.up.running():
            try:
                await asyncio.to_thread(self.up.stop)
            except subprocess.TimeoutExpired:
                self.up.kill()
