"""The embedded default as a test sees it: `maillage up` on a folder and a port of its own."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from maillage.testing.processes import free_port
from maillage.trust import trusted

from tests.journeys.house import House, eventually
from tests.support import warm
from tests.support.crashes import watch

SERVICES = ("directory", "events", "mentoring", "notifications", "catalogue")
OPERATOR = "operation@maillage.example"


@dataclass
class Embedded:
    """One data folder, and the `maillage up` that runs on it."""

    data: Path
    arguments: tuple[str, ...] = ("--no-demo",)
    port: int = field(default_factory=free_port)
    process: warm.Process | None = None
    token: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    """Settings beside those of the tests' own environment."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Run `maillage up` and wait until each service and the portal answer."""
        words = ("up", "--data", str(self.data), "--port", str(self.port), *self.arguments)
        watch(self.data / "log" / "*.log")
        with (self.data.parent / f"{self.data.name}.up.log").open("ab") as log:
            self.process = warm.start(*words, stdout=log, stderr=log, **self.environment)
        eventually(self.ready, "the house is ready", patience=200)

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.data.parent / f"{self.data.name}.up.log").read_text()[
            -4000:
        ]
        try:
            answers = [
                httpx.get(f"{self.url}/api/{name}/v1/readyz", verify=trusted(), timeout=5)
                for name in SERVICES
            ]
        except httpx.TransportError:
            return False
        return all(answer.status_code == 200 for answer in answers)

    def wait_for_demo(self) -> None:
        """Wait until the demo region is whole: `up` says that it is ready once it has loaded it."""
        log = self.data.parent / f"{self.data.name}.up.log"
        eventually(lambda: "Maillage est prêt" in log.read_text(), "the demo region is loaded", patience=400)

    def stop(self) -> int:
        """Ctrl-C; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=120)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=60)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def operator_token(self) -> str:
        """A token for twelve hours; the same after a restart and a restore, as the keys are."""
        if not self.token:
            asked = warm.run("token", OPERATOR, "--role", "admin", "--data", str(self.data))
            assert asked.returncode == 0, asked.stderr
            self.token = asked.stdout.strip().splitlines()[-1]
        return self.token

    def house(self, people: list[dict[str, Any]] | None = None) -> House:
        return House(self.url, self.operator_token(), [] if people is None else people)
