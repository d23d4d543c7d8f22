"""A bus that turns a service away: at a changed password, over a restart, until it lets it in again."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from maillage.events.connection import Connection, NotConnected
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
        await connection.client.flush(timeout=60)
    finally:
        await connection.close()
        await opening
        await asyncio.to_thread(server.close)


class Slow(Connection):
    """A connection whose client is back for a while before it tells."""

    def __init__(self, settings: ServiceSettings) -> None:
        super().__init__("x", settings)
        self.told, self.go_on = asyncio.Event(), asyncio.Event()

    async def _on_reconnected(self) -> None:
        self.told.set()
        await self.go_on.wait()
        await super()._on_reconnected()


async def test_nobody_takes_it_for_connected_before_its_return_is_counted(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "nats")
    await asyncio.to_thread(server.start)
    connection = Slow(ServiceSettings(nats_url=server.url))
    opening = asyncio.create_task(connection.open())
    try:
        await connection.wait()
        await asyncio.to_thread(server.stop)
        await site.eventually(lambda: not connection.connected)
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(60):
            await connection.told.wait()
        assert connection.client.is_connected
        assert not connection.connected
        with pytest.raises(NotConnected):
            connection.jetstream()
        connection.go_on.set()
        await site.eventually(lambda: connection.connected)
        assert connection.reconnects == 1
    finally:
        connection.go_on.set()
        await connection.close()
        await opening
        await asyncio.to_thread(server.close)
