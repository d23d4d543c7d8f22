"""A bus that turns a service away: at a changed password, over a restart, until it lets it in again."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from maillage.events.connection import Connection
from maillage.settings import ServiceSettings
from maillage.testing.nats import CONFIGURATION, NatsServer
from pydantic import SecretStr

from . import site


class Locked(NatsServer):
    """A server that knows one user, whose password may be changed while it runs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, lambda server: self.configuration(server))
        self.known_by = "first"

    def configuration(self, server: NatsServer) -> str:
        plain = CONFIGURATION.format(port=server.port, folder=server.folder)
        return f"{plain}\nauthorization {{ users: [ {{ user: x, password: {self.known_by} }} ] }}\n"

    def change(self, known_by: str) -> None:
        """As `nats-server --signal reload` does."""
        self.known_by = known_by
        (self.folder / "nats.conf").write_text(self.configuration(self), encoding="utf-8")
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGHUP)

    def refusals(self) -> int:
        """How often it has refused somebody."""
        return (self.folder / "nats.log").read_text(encoding="utf-8").count("authentication error")


async def test_who_was_turned_away_comes_back(tmp_path: Path) -> None:
    server = Locked(tmp_path / "nats")
    await asyncio.to_thread(server.start)
    settings = ServiceSettings(nats_url=server.url, nats_user="x", nats_password=SecretStr(server.known_by))
    connection = Connection("x", settings)
    opening = asyncio.create_task(connection.open())
    try:
        await connection.wait()
        server.change("second")  # the server ends the connection with a word, and refuses the next ones
        await site.eventually(lambda: server.refusals() >= 2)
        assert not connection.connected
        server.change("first")
        await site.eventually(lambda: connection.connected)
        assert connection.reconnects
        await connection.client.flush()
    finally:
        await connection.close()
        await opening
        await asyncio.to_thread(server.close)
