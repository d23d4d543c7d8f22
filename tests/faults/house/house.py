"""The services of a region, each in its own process behind proxies of the test's, on SQLite or PostgreSQL.

The same programs, settings and environment as `maillage up --processes` and the containers give them; only
the supervisor is the test's, so that it can break every part and every connection by itself.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import nats
from maillage.auth import COORDINATOR, TokenSigner
from maillage.db import Database
from maillage.events.repair import Journal, repair
from maillage.events.streams import StreamOptions, Topology, events_stream, provision, topology
from maillage.testing.nats import NatsServer
from maillage.testing.processes import free_port
from maillage_directory.auth.accounts import operator_token
from maillage_directory.auth.keys import issuer_keys
from maillage_directory.settings import DirectorySettings
from nats.aio.client import Client

from tests.faults.checker.evidence import Evidence, gather, read_mails
from tests.faults.history import History
from tests.faults.house.postgres import Postgres, visible_to_server
from tests.faults.house.process import Process, until_ready
from tests.faults.house.proxy import Proxy
from tests.faults.testimony import of_logs, of_readiness

REGION = "fr-pac"
SERVICES = ("directory", "events", "mentoring", "notifications", "catalogue")
CLOCKED = Path(__file__).parent / "clocked"
LONG = timedelta(days=3650)
ISSUER = "http://localhost:8000/api/directory/v1"


def as_operator(user: str | None, password: str) -> dict[str, Any]:
    """What the operator of a server with users signs in with."""
    return {"user": user, "password": password, "inbox_prefix": b"_INBOX.operator"}


class House:
    """`databases`: where the services' data is, by service. `services`: which of them run.

    `replicas`: processes of each service, on one PostgreSQL. `names`: the processes, `events`, `events-2`, …
    """

    region = REGION

    def __init__(
        self, folder: Path, dialect: str, services: tuple[str, ...] = SERVICES, replicas: int = 1
    ) -> None:
        self.folder, self.dialect, self.services = folder, dialect, services
        self.replicas = {
            service: [service, *(f"{service}-{number}" for number in range(2, replicas + 1))]
            for service in services
        }
        self.names = [name for names in self.replicas.values() for name in names]
        self.nats = NatsServer(folder / "nats")
        self.postgres: Postgres | None = None
        if dialect == "postgresql":
            visible_to_server(folder)
            self.postgres = Postgres(folder / "postgres")
        self.ports = {name: free_port() for name in self.names}
        self._turns = {service: itertools.cycle(names) for service, names in self.replicas.items()}
        self.processes: dict[str, Process] = {}
        self.to_nats: dict[str, Proxy] = {}
        self.to_database: dict[str, Proxy] = {}
        self.databases: dict[str, str] = {}
        self.operator = ""
        self._signer: TokenSigner | None = None

    @property
    def launched(self) -> bool:
        """Whether `maillage up` starts its parts, and not this test."""
        return False

    @property
    def proxied(self) -> bool:
        """Whether a proxy of the test's stands before each service, to its database and to the bus."""
        return not (self.launched or self.contained)

    @property
    def supervised(self) -> bool:
        """Whether each service is a process of its own that is started again when it ends."""
        return True

    @property
    def contained(self) -> bool:
        """Whether its parts are containers, which only their engine can harm."""
        return False

    @property
    def stream(self) -> str:
        """The name of the region's stream."""
        return events_stream(self.region)

    def topology(self) -> Topology:
        """Who reads what in the region."""
        return topology(self.region)

    @property
    def mailbox(self) -> Path:
        return self.folder / "mailbox"

    def url(self, service: str) -> str:
        """Where a service answers, its replicas in turn as a proxy has them, dead or alive."""
        return self._url_of(next(self._turns[service]))

    def _url_of(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}/api/{name.split('-')[0]}/v1"

    def token(self, person_id: str) -> str:
        """A token of a person, as her sign-in would have given it."""
        assert self._signer is not None
        return self._signer.sign(person_id, roles=[COORDINATOR], region=self.region, lifetime=LONG)

    async def start(self) -> None:
        """Bring everything up and wait until each service answers."""
        self.mailbox.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(self.nats.start, 60)
        await self._start_databases()
        async with self.bus() as client:
            await provision(client.jetstream(timeout=30), self.topology(), StreamOptions())
        for name in self.names:
            self.to_nats[name] = Proxy(self.nats.port)
            await self.to_nats[name].start()
        self.processes = {name: self._process(name) for name in self.names}
        await asyncio.gather(*(each.start() for each in self.processes.values()))
        await self.until_ready()
        settings = self._directory_settings()
        self._signer = issuer_keys(settings).signer(settings)
        self.operator = await operator_token(settings, "exploitation@exemple.fr", "admin", lifetime=LONG)

    async def until_ready(self) -> None:
        """Return when every service answers; raises TimeoutError."""
        await until_ready(self.readiness())

    def readiness(self) -> list[str]:
        """Where each process says how it is."""
        return [f"{self._url_of(name)}/readyz" for name in self.names]

    def logs(self) -> dict[str, str]:
        """What each process has logged."""
        read = {name: process.log for name, process in self.processes.items()}
        return {name: log.read_text("utf-8", "replace") for name, log in read.items() if log.exists()}

    async def _start_databases(self) -> None:
        if self.postgres is None:
            self.databases = {name: f"sqlite:///{self.folder / name}.db" for name in self.services}
            return
        await asyncio.to_thread(self.postgres.initialise)
        await asyncio.to_thread(self.postgres.start)
        for name in self.services:
            await self.postgres.create(name)
            self.databases[name] = self.postgres.url(name)
        for name in self.names:
            self.to_database[name] = Proxy(self.postgres.port)
            await self.to_database[name].start()

    def _directory_settings(self) -> DirectorySettings:
        values: dict[str, Any] = {"environment": "demo", "issuer": ISSUER, "data_dir": self.folder}
        return DirectorySettings(region=self.region, database_url=self.databases["directory"], **values)

    def _process(self, name: str) -> Process:
        service = name.split("-")[0]
        database = self.databases[service]
        if self.postgres is not None:
            database = self.postgres.url(service, self.to_database[name].port)
        told = {
            "environment": "demo",
            "database_url": database,
            "data_dir": self.folder,
            "mailbox_dir": self.mailbox,
            "erasure_log": self.folder / "erasures.jsonl",
            "nats_url": f"nats://127.0.0.1:{self.to_nats[name].port}",
            "issuer": ISSUER,
            "jwks_url": f"{self._url_of('directory')}/auth/jwks.json",
            "catalogue_monitor_url": self.nats.monitor,
            "host": "127.0.0.1",
            "port": self.ports[name],
            "faults_clock": self.clock(name),
            **self.told(service),
        }
        environment = {**os.environ, **{f"MAILLAGE_{key.upper()}": str(value) for key, value in told.items()}}
        environment["PYTHONPATH"] = str(CLOCKED)
        command = [sys.executable, "-m", f"maillage_{service}", "serve"]
        return Process(name, command, environment, self.folder / f"{name}.log")

    def told(self, service: str) -> dict[str, object]:
        """What else its processes are told: settings beside those of every house."""
        return {"region": self.region}

    def clock(self, name: str) -> Path:
        """The file that says how far a process's clock is off, in seconds."""
        return self.folder / f"{name}.clock"

    def bus_address(self) -> tuple[str, dict[str, Any]]:
        """Where an operator reaches the server itself, and what she signs in with."""
        return self.nats.url, {}

    @asynccontextmanager
    async def bus(self) -> AsyncIterator[Client]:
        """A connection of the operator's, straight to the server."""
        url, signed_in = self.bus_address()
        client = await nats.connect(
            url,
            connect_timeout=5,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            error_cb=ignore,
            **signed_in,
        )
        try:
            yield client
        finally:
            await client.close()

    async def testify(self) -> list[str]:
        """Why the house does not come to rest, in a few lines; its logs say who waits for what."""
        await self.say_who_waits()
        return [*await of_readiness(self.readiness()), *of_logs(await asyncio.to_thread(self.logs))]

    async def say_who_waits(self) -> None:
        """To the logs: each process's tasks, and PostgreSQL's sessions."""
        for process in self.processes.values():
            if process.pid is not None:
                os.kill(process.pid, signal.SIGUSR2)
        if self.postgres is not None:
            told = await self.postgres.activity()
            (self.folder / "postgres.activity").write_text(told, encoding="utf-8")
        await asyncio.sleep(2)

    async def repair(self) -> str:
        """What `maillage provision` and `maillage stream repair` do, the documented mend; what came of it."""
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(self.bus())
            jetstream = client.jetstream(timeout=30)
            await provision(jetstream, self.topology(), StreamOptions())
            journals = [Journal(name, Database(url)) for name, url in self.databases.items()]
            for journal in journals:
                stack.push_async_callback(journal.db.dispose)
            await repair(client, jetstream, self.region, journals)
        return ", ".join(f"{each.service} {each.republished} again" for each in journals if each.republished)

    def mails(self) -> dict[str, bytes]:
        """Every mail that was sent, by its id."""
        return read_mails(self.mailbox)

    async def evidence(self, history: History, waiting: list[str]) -> Evidence:
        """Everything it has kept. Nothing may be under way any more."""
        async with self.bus() as client:
            mails = await asyncio.to_thread(self.mails)
            return await gather(history, self.databases, client, mails, waiting, region=self.region)

    async def stop(self) -> None:
        """End everything that was started here."""
        await asyncio.gather(*(each.stop() for each in self.processes.values()))
        for proxy in (*self.to_nats.values(), *self.to_database.values()):
            proxy.stop()
        await asyncio.to_thread(self.nats.stop)
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.remove)


async def ignore(_error: Exception) -> None:
    """A server under test comes and goes."""
