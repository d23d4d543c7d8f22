"""The composition as its operator starts it, two replicas of two services, harmed by the engine's commands.

Added to the checkout are a second network, through which the checker reaches PostgreSQL and NATS; small disks
for these two, held by a container that does nothing else; and the clocks of the services.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

from maillage_directory.auth.accounts import operator_token
from maillage_directory.auth.keys import issuer_keys
from maillage_directory.settings import DirectorySettings

from tests.containers.composition import Composition, clean_checkout
from tests.faults.checker.evidence import read_mails
from tests.faults.house.container import Bus, Container, DatabaseServer, docker
from tests.faults.house.house import LONG, SERVICES, House, as_operator
from tests.faults.house.process import until_ready
from tests.support.embedded import free_port

SCALED = {"events": 2, "notifications": 2}
REACHED = """\
services:
  postgres: {{ networks: [outside], ports: ["127.0.0.1:{postgres}:5432"] }}
  nats: {{ networks: [outside], ports: ["127.0.0.1:{nats}:4222"] }}
  disks:
    image: ${{MAILLAGE_REGISTRY:-}}${{POSTGRES_IMAGE:-postgres:17}}
    entrypoint: [sleep, infinity]
    init: true
    network_mode: none
    volumes: [postgres:/disks/postgres, nats:/disks/nats]
{services}
networks: {{ outside: {{}} }}
volumes:
  postgres: {{ driver_opts: {{ type: tmpfs, device: tmpfs, o: "size=400m,mode=0755" }} }}
  nats: {{ driver_opts: {{ type: tmpfs, device: tmpfs, o: "size=100m,mode=0755,uid=10001,gid=10001" }} }}
"""
SERVICE = """\
  {name}:
    healthcheck: {{ start_period: 300s }}
    environment: {{ PYTHONPATH: /clocked, MAILLAGE_FAULTS_CLOCK: /clocks/{name}.clock }}
    volumes: ["./tests/faults/house/clocked:/clocked:ro", "./clocks:/clocks:ro"]
"""
"""All start at once, on a machine that may be busy with other things."""
DISKS = ("postgres", "nats")


def engine_answers() -> bool:
    """Whether there is a container engine with Compose."""
    try:
        return not subprocess.run(["docker", "compose", "ls"], capture_output=True, check=False).returncode
    except FileNotFoundError:
        return False


class Contained(House):
    """`processes`: a container for each replica of a service. `url()` is the proxy's, as for everybody."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "sqlite", SERVICES)  # the server is the composition's: none is made here
        self.composition = Composition(folder / "checkout", f"maillage-faults-{os.getpid()}", profiles="")
        project, ports = self.composition.project, {"postgres": free_port(), "nats": free_port()}
        services = "".join(SERVICE.format(name=name) for name in SERVICES)
        self.reached = REACHED.format(**ports, services=services)
        self.nats = Bus(project, ports["nats"], self._empty_store)  # type: ignore[assignment]
        self.postgres = DatabaseServer(project, ports["postgres"])  # type: ignore[assignment]
        self.processes = {  # type: ignore[assignment]
            name if number == 1 else f"{name}-{number}": Container(project, name, number)
            for name in SERVICES
            for number in range(1, SCALED.get(name, 1) + 1)
        }
        self.names = list(self.processes)

    @property
    def contained(self) -> bool:
        return True

    @property
    def containers(self) -> dict[str, Container]:
        """All that can be harmed: services, NATS, PostgreSQL."""
        return {**self.processes, "nats": self.nats, "postgres": self.postgres}  # type: ignore[dict-item]

    def url(self, service: str) -> str:
        return f"{self.composition.url}/api/{service}/v1"

    async def start(self) -> None:
        """Build the images as they are now, start everything and wait until it is well."""
        await asyncio.to_thread(self._up)
        secrets = self.composition.folder / "deploy/demo-secrets"
        password = {name: (secrets / f"database-{name}").read_text().strip() for name in SERVICES}
        assert isinstance(self.postgres, DatabaseServer)
        self.postgres.password = (secrets / "database-postgres").read_text().strip()
        server = f"127.0.0.1:{self.postgres.port}"
        self.databases = {name: f"postgresql://{name}:{password[name]}@{server}/{name}" for name in SERVICES}
        self._password = (secrets / "bus-operator").read_text().strip()
        settings = DirectorySettings(
            environment="demo",
            database_url=self.databases["directory"],
            keys_dir=secrets / "issuer",
            issuer=f"{self.composition.url}/api/directory/v1",
        )
        self._signer = issuer_keys(settings).signer(settings)
        self.operator = await operator_token(settings, "exploitation@exemple.fr", "admin", lifetime=LONG)

    def _up(self) -> None:
        folder = self.composition.folder
        folder.mkdir(parents=True)
        clean_checkout(folder)
        (folder / "docker-compose.override.yml").write_text(self.reached, encoding="utf-8")
        (folder / "clocks").mkdir()
        for name in SERVICES:
            self.clock(name).write_text("0", encoding="ascii")
        self.composition.run("build", "--quiet", *SERVICES, "portal", "operator")
        self.composition.run("up", "--wait", "disks")  # as long as it runs a disk keeps what is on it
        scaled = [word for name, count in SCALED.items() for word in ("--scale", f"{name}={count}")]
        self.composition.run("up", "--wait", "--quiet-pull", *scaled, "proxy", "mail")

    async def until_ready(self) -> None:
        await until_ready(self.readiness(), patience=300)

    def readiness(self) -> list[str]:
        return [f"{self.url(name)}/readyz" for name in SERVICES]

    def logs(self) -> dict[str, str]:
        return {name: docker("logs", each.name) for name, each in self.processes.items()}

    async def say_who_waits(self) -> None:
        """Its logs say what they say."""

    def stopped(self) -> list[Container]:
        """Those that do not run and should."""
        listed = ("ps", "--all", "--filter", f"label=com.docker.compose.project={self.composition.project}")
        ended = docker(*listed, "--filter", "status=exited", "--format", "{{.Names}}").split()
        return [each for each in self.containers.values() if each.name in ended]

    def bus_address(self) -> tuple[str, dict[str, Any]]:
        return self.nats.url, as_operator("operator", self._password)

    def clock(self, name: str) -> Path:
        """Of all replicas of a service: they are told their environment together."""
        return self.composition.folder / "clocks" / f"{name.split('-')[0]}.clock"

    def on_disks(self, script: str) -> str:
        """What a shell prints that sees both disks, `/disks/postgres` and `/disks/nats`."""
        return docker("exec", f"{self.composition.project}-disks-1", "sh", "-c", script)

    def _empty_store(self) -> None:
        self.on_disks("rm -rf /disks/nats/store/*")

    async def repair(self) -> str:
        """The documented mend, by the documented commands."""
        said = ""
        for words in (("provision",), ("stream", "repair")):
            said = await asyncio.to_thread(self.composition.operator, *words)
        return " ".join(said.split())[-120:]

    def mails(self) -> dict[str, bytes]:
        self.mailbox.mkdir(parents=True, exist_ok=True)
        docker("cp", f"{self.composition.project}-mail-1:/mailbox/.", str(self.mailbox))
        return read_mails(self.mailbox)

    async def stop(self) -> None:
        """Keep what everybody said, then take it all away, volumes too."""
        await asyncio.to_thread(self._down)

    def _down(self) -> None:
        said = self.composition.run("logs", "--no-color", "--timestamps", may_fail=True).stdout
        (self.folder / "containers.log").write_text(said, encoding="utf-8")
        down = ("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "3")
        self.composition.run(*down, may_fail=True)
