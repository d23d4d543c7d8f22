"""A composition as its operator sees it: `docker compose` on a clean checkout, and what the engine says."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from maillage.leader import lock_key
from maillage.testing.processes import free_port
from testcontainers.compose import DockerCompose

from tests.journeys.house import House

ROOT = Path(__file__).parents[2]
SERVICES = ("directory", "events", "mentoring", "notifications", "catalogue", "portal")
OPERATOR = "operation@maillage.example"
VERSION = f"test-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"
"""The tag of the images under test, one per checkout."""

BETWEEN_CALLS = 0.05
"""Seconds that somebody who calls without end waits: three such callers at one address stay within its quota
(3000 a minute and a burst of as many), however fast the machine is."""


def clean_checkout(folder: Path) -> Path:
    """What a clone of this working tree would hold, copied into `folder`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():  # not one that was deleted and is still in the index
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def docker(*arguments: str, **told: Any) -> str:
    """What a docker command prints; AssertionError with its own words when it fails."""
    ran = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, **told)
    assert ran.returncode == 0, f"docker {' '.join(arguments)}\n{ran.stdout[-2000:]}{ran.stderr[-4000:]}"
    return ran.stdout


@dataclass
class Composition:
    """`docker compose` in `folder`, under a project name and a port of its own."""

    folder: Path
    project: str
    profiles: str = "demo"
    port: int = field(default_factory=free_port)
    told: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_PROFILES": self.profiles,
            "MAILLAGE_PORT": str(self.port),
            "MAILLAGE_VERSION": VERSION,
        }
        return {**os.environ, **own, **self.told}

    @cached_property
    def compose(self) -> DockerCompose:
        return DockerCompose(self.folder, wait=True)

    def run(self, *arguments: str, may_fail: bool = False, **told: str) -> subprocess.CompletedProcess[str]:
        """`docker compose …`; with variables of its own in `told`."""
        ran = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=self.folder, env={**self.environment, **told},
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        if ran.returncode and not may_fail:
            said = ran.stdout[-3000:] + ran.stderr[-3000:]
            raise AssertionError(f"{' '.join(arguments)}\n{said}\n{self.told_by()}")
        return ran

    def told_by(self) -> str:
        """The last lines that the containers wrote, for whoever looks at a failure."""
        asked = ["docker", "compose", "logs", "--no-color", "--tail", "15"]
        said = subprocess.run(
            asked, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        return said.stdout[-12000:]

    @contextmanager
    def started(self) -> Iterator[Composition]:
        """Up while the block runs, gone with its volumes afterwards. `compose`: testcontainers' view."""
        try:
            with self.inherited():
                self.compose.start()
            yield self
        except subprocess.CalledProcessError as error:
            raise AssertionError(f"up: {error.stderr!r}\n{self.told_by()}") from error
        finally:
            self.run("--profile", "*", "down", "--volumes", "--timeout", "5", may_fail=True)

    @contextmanager
    def inherited(self) -> Iterator[None]:
        """This composition's variables as those of this process: testcontainers hands them on."""
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def operator(self, *arguments: str) -> str:
        """What a `maillage` command prints in the operator's container."""
        return self.run("run", "--rm", "--no-deps", "-T", "operator", "maillage", *arguments).stdout

    def token(self, email: str = OPERATOR, role: str = "admin") -> str:
        return self.operator("token", email, "--role", role).strip().splitlines()[-1]

    @cached_property
    def house(self) -> House:
        return House(self.url, self.token())

    def containers(self, service: str) -> list[str]:
        """The ids of a service's running containers."""
        return self.run("ps", "--quiet", "--status", "running", service).stdout.split()

    def scale(self, **replicas: int) -> None:
        """Have so many containers of each service named, all well."""
        wanted = [part for name, count in replicas.items() for part in ("--scale", f"{name}={count}")]
        self.run("up", "--wait", "--no-recreate", *wanted)

    def leader(self, service: str) -> str | None:
        """The container that holds the service's leadership, as the database sees it."""
        # Its own lock: while it publishes, the leader holds another for a moment.
        query = (
            "SELECT host(client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND datname = :'name' "
            "AND (classid, objid) = (:space, :number)"
        )
        told = dict(zip(("name", "space", "number"), (service, *lock_key(service)), strict=True))
        given = [part for name, value in told.items() for part in ("-v", f"{name}={value}")]
        asked = ["exec", "-T", "postgres", "psql", "-U", "postgres", "-tA", *given]
        found = subprocess.run(
            ["docker", "compose", *asked], input=query, cwd=self.folder, env=self.environment,
            capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip
        assert len(found) <= 1, f"two leaders of {service}: {found}"
        return next(
            (each for each in self.containers(service) if found and found[0] in addresses(each)), None
        )


def inspect(container: str) -> dict[str, Any]:
    return dict(json.loads(docker("inspect", container))[0])


def addresses(container: str) -> set[str]:
    """Its addresses in the composition's networks."""
    return {network["IPAddress"] for network in inspect(container)["NetworkSettings"]["Networks"].values()}


def log_lines(container: str) -> list[dict[str, Any]]:
    """What a service has logged, one JSON object a line."""
    said = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in (said.stdout + said.stderr).splitlines() if line.startswith("{")]


def seconds(since: float) -> float:
    return time.monotonic() - since
