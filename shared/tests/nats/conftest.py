"""A region's server with its users and a doorway, for the tests of what each of them may do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from maillage.events.streams import provision
from maillage.nats import Listeners, server_configuration
from maillage.testing.nats import NatsServer

from .bus import PASSWORDS, TOPOLOGY, signed_in


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A region's server with its users and a doorway."""

    def render(own: NatsServer) -> str:
        listeners = Listeners(
            "hub",
            client=f"127.0.0.1:{own.port}",
            monitor="127.0.0.1:-1",
            leaf="127.0.0.1:-1",
            store=f"{own.folder}/store",
            extra={"ports_file_dir": str(own.folder)},
        )
        return server_configuration(TOPOLOGY, listeners, PASSWORDS, {"fr-occ": "door-secret"})

    started = NatsServer(tmp_path_factory.mktemp("permissions"), render)
    started.start()
    yield started
    started.stop()


@pytest.fixture
async def provisioned(server: NatsServer) -> None:
    """The streams, as the operator makes them."""
    async with signed_in(server, "operator") as (client, refused):
        await provision(client.jetstream(timeout=60), TOPOLOGY)
        again = await provision(client.jetstream(timeout=60), TOPOLOGY)
        assert all("à jour" in line for line in again)
        assert refused == []
