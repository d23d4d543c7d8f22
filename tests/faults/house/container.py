"""One container of a composition, harmed and healed by the engine's own commands.

Everything here waits for the engine: call it in a thread.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

from tests.faults.house.postgres import Harmed

AGAIN_AFTER = 0.5


def docker(*words: str) -> str:
    """What a docker command prints. Raises RuntimeError with its own words when it fails."""
    ran = subprocess.run(["docker", *words], capture_output=True, text=True, check=False, timeout=120)
    if ran.returncode:
        raise RuntimeError(f"docker {' '.join(words)}: {ran.stderr.strip()[-300:]}")
    return ran.stdout


class Container:
    """`service`: the name under which the others find it. `deaths`: how often it was ended here."""

    def __init__(self, project: str, service: str, number: int = 1) -> None:
        self.project, self.service, self.name = project, service, f"{project}-{service}-{number}"
        self.deaths = 0

    def inspect(self) -> dict[str, Any]:
        """What the engine knows of it."""
        return dict(json.loads(docker("inspect", self.name))[0])

    @property
    def running(self) -> bool:
        """Whether its process is there, paused or not."""
        return bool(self.inspect()["State"]["Running"])

    def kill(self) -> bool:
        """SIGKILL, and started again a moment later, as a platform does; whether there was one to kill."""
        if not self.running:
            return False
        self.end(signal.SIGKILL)
        time.sleep(AGAIN_AFTER)
        self.start()
        return True

    def end(self, how: signal.Signals) -> None:
        """End it: SIGKILL at once, anything else as `docker stop` does."""
        docker("kill" if how == signal.SIGKILL else "stop", self.name)
        self.deaths += 1

    def start(self) -> None:
        """Run it, if it does not."""
        docker("start", self.name)

    def pause(self, paused: bool) -> None:
        """Stop its processes where they are, or let them go on.

        Another harm may have killed it meanwhile: it is not paused any more then.
        """
        if paused == self.paused:
            return
        try:
            docker("pause" if paused else "unpause", self.name)
        except RuntimeError:
            if paused != self.paused:
                raise

    @property
    def paused(self) -> bool:
        """Whether the engine has stopped its processes where they are."""
        return bool(self.inspect()["State"]["Paused"])

    def networks(self) -> set[str]:
        """The composition's networks that it is in, by their names in the composition."""
        found = self.inspect()["NetworkSettings"]["Networks"]
        return {name.removeprefix(f"{self.project}_") for name in found}

    def leave(self, network: str) -> None:
        """Pull its cable: nothing comes through any more, and nobody is told."""
        docker("network", "disconnect", f"{self.project}_{network}", self.name)

    def join(self, network: str) -> None:
        """Plug it in again, under its old name; its address may be another."""
        docker("network", "connect", "--alias", self.service, f"{self.project}_{network}", self.name)


def eventually(holds: Callable[[], bool], what: str, patience: float = 90) -> None:
    """Return once it holds. Raises TimeoutError saying what did not come to hold."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.2)


class Bus(Container):
    """The container of nats-server, as `maillage.testing.nats.NatsServer` is spoken to."""

    def __init__(self, project: str, port: int, empty: Callable[[], None]) -> None:
        super().__init__(project, "nats")
        self.url, self._empty = f"nats://127.0.0.1:{port}", empty

    def kill(self) -> bool:
        """SIGKILL; it stays away until `start()`."""
        self.end(signal.SIGKILL)
        return True

    def start(self) -> None:
        super().start()
        asked = ("exec", self.name, "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8222/healthz")
        eventually(lambda: answers(*asked), "nats-server does not answer")

    def remove_store(self) -> None:
        """Throw away every stream and consumer."""
        self._empty()


class DatabaseServer(Container, Harmed):
    """The container of PostgreSQL, as `Postgres` is spoken to."""

    def __init__(self, project: str, port: int) -> None:
        super().__init__(project, "postgres")
        self.port, self.password = port, ""

    def url(self, database: str) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def stop(self, how: signal.Signals) -> None:
        self.end(how if how == signal.SIGINT else signal.SIGKILL)

    def start(self) -> None:
        super().start()
        asked = ("exec", self.name, "pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres")
        eventually(lambda: answers(*asked), "PostgreSQL does not answer")


def answers(*words: str) -> bool:
    """Whether a docker command succeeds."""
    try:
        docker(*words)
    except RuntimeError:
        return False
    return True
