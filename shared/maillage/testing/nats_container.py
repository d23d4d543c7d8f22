"""The nats-server of the tests in a container of the image that is deployed (testcontainers)."""

import os
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from testcontainers.community.nats import NatsContainer

from maillage.testing.nats import NatsServer
from maillage.testing.processes import free_port

IMAGE = "nats:2.15-alpine"
CONFIGURATION = """\
listen: "0.0.0.0:4222"
http: "0.0.0.0:8222"
max_payload: 1MB
jetstream { store_dir: "/maillage/store", sync_interval: always, max_file_store: 1GB }
"""


class ContainedNats(NatsServer):
    """As NatsServer, in a container: on a port it keeps, with its store in the test's folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port, self._monitor_port = free_port(), free_port()
        self.monitor = f"http://127.0.0.1:{self._monitor_port}"
        self._container: NatsContainer | None = None

    @property
    def running(self) -> bool:
        """Whether the server is there."""
        if self._container is None:
            return False
        wrapped: Any = self._container.get_wrapped_container()
        wrapped.reload()
        return bool(wrapped.status == "running")

    def _launch(self) -> None:
        if self._container is not None:
            self._container.get_wrapped_container().start()
            return
        (self.folder / "nats.conf").write_text(CONFIGURATION, encoding="utf-8")
        image = os.environ.get("MAILLAGE_TEST_NATS_IMAGE", IMAGE)
        made = NatsContainer(image, jetstream=False).with_command("-c /maillage/nats.conf")
        made.with_bind_ports(4222, self.port).with_bind_ports(8222, self._monitor_port)
        made.with_volume_mapping(str(self.folder), "/maillage", "rw")
        made.with_kwargs(user=f"{os.geteuid()}:{os.getegid()}")
        self._container = made
        made.start()

    def stop(self) -> None:
        """End it gently (SIGTERM)."""
        if self._container is not None:
            self._container.get_wrapped_container().stop(timeout=10)

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        if self.running and self._container is not None:
            self._container.get_wrapped_container().kill()

    def close(self) -> None:
        """Remove the container."""
        if self._container is not None:
            self._container.stop()
            self._container = None

    def _dead(self) -> bool:
        return not self.running

    def _healthy(self) -> bool:
        try:
            with urlopen(f"{self.monitor}/healthz", timeout=2) as answer:  # noqa: S310  # loopback
                return bool(answer.status == 200)
        except (OSError, URLError):
            return False
