"""The embedded default as a test sees it: `maillage up` on a folder and a port of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.journeys.house import House, eventually

SERVICES = ("directory", "events", "mentoring", "notifications", "catalogue")
OPERATOR = "operation@maillage.example"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def maillage(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).parent / "maillage"), *arguments]


@dataclass
class Embedded:
    """One data folder, and the `maillage up` that runs on it."""

    data: Path
    arguments: tuple[str, ...] = ("--no-demo",)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Run `maillage up` and wait until each service and the portal answer."""
        log = (self.data.parent / f"{self.data.name}.up.log").open("ab")
        command = maillage("up", "--data", str(self.data), "--port", str(self.port), *self.arguments)
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        eventually(self.ready, "the house is ready", patience=120)

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.data.parent / f"{self.data.name}.up.log").read_text()[
            -4000:
        ]
        try:
            answers = [httpx.get(f"{self.url}/api/{name}/v1/readyz", timeout=5) for name in SERVICES]
        except httpx.TransportError:
            return False
        return all(answer.status_code == 200 for answer in answers)

    def wait_for_demo(self) -> None:
        """Wait until the demo region is whole: `up` says that it is ready once it has loaded it."""
        log = self.data.parent / f"{self.data.name}.up.log"
        eventually(lambda: "Maillage est prêt" in log.read_text(), "the demo region is loaded", patience=240)

    def stop(self) -> int:
        """Ctrl-C; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=40)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=20)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def operator_token(self) -> str:
        asked = subprocess.run(
            maillage("token", OPERATOR, "--role", "admin", "--data", str(self.data)),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return asked.stdout.strip().splitlines()[-1]

    def house(self) -> House:
        return House(self.url, self.operator_token())
