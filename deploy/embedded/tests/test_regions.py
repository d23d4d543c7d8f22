"""Another region linked to an embedded house by the commands, its leaf run from the very files they write."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from maillage.events.streams import Topology, provision
from maillage.testing.nats import NatsServer
from maillage.testing.processes import free_port
from maillage_embedded.broker import Broker
from maillage_embedded.home import Home

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def leaf(tmp_path: Path) -> Iterator[NatsServer]:
    """A nats-server for the other region's file, put where the test may listen."""

    def render(own: NatsServer) -> str:
        text = (tmp_path / "data" / "regions" / "fr-occ" / "nats-leaf.conf").read_text()
        text = text.replace("127.0.0.1:4222", f"127.0.0.1:{own.port}").replace(":8222", ":-1")
        return text.replace("./store", f"{own.folder}/store") + f'\nports_file_dir: "{own.folder}"\n'

    server = NatsServer(tmp_path / "leaf", render)
    yield server
    server.stop()


def test_a_region_is_added_checked_and_removed(
    house: Any, maillage: Any, eventually: Any, leaf: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", str(house.data))
    assert "Aucune région reliée" in maillage("region", "check", *data).stdout
    assert "n'est pas une région" in maillage("region", "add", "fr-xyz", *data).stderr
    assert "région de cette maison" in maillage("region", "add", "fr-pac", *data).stderr
    address = f"127.0.0.1:{free_port()}"
    link = ("--listen", address, "--url", f"nats-leaf://{address}")
    added = maillage("region", "add", "FR-OCC", *data, *link)
    assert "Occitanie (fr-occ) est reliée" in added.stdout
    package = house.data / "regions" / "fr-occ"
    before = (package / "nats-leaf.conf").read_text()
    again = maillage("region", "add", "fr-occ", *data, "--service", "directory", "--service", "events")
    assert "était déjà reliée" in again.stdout
    passwords = json.loads((package / "passwords.json").read_text())
    assert all(passwords[name] in before for name in ("directory", "operator")), "passwords are kept"
    assert all(path.stat().st_mode & 0o077 == 0 for path in package.rglob("*") if path.is_file())

    house.start()
    alone = maillage("region", "check", "fr-occ", *data)
    assert alone.returncode == 1
    assert "fr-occ n'est pas connectée" in alone.stdout
    leaf.start()
    monkeypatch.setenv("MAILLAGE_NATS_URL", leaf.url)
    monkeypatch.setenv("MAILLAGE_NATS_USER", "operator")
    monkeypatch.setenv("MAILLAGE_NATS_PASSWORD", passwords["operator"])
    made = maillage("provision", "--topology", str(package / "topology.json"))
    assert "flux FEED_FR_PAC : créé" in made.stdout, made.stderr
    for name in ("URL", "USER", "PASSWORD"):
        monkeypatch.delenv(f"MAILLAGE_NATS_{name}")
    well = eventually(lambda: checked(maillage, data), "the link is well", 180)
    for said in ("fr-occ est connectée", "est à jour sur", "ne peut ni publier ici ni lire"):
        assert said in well
    assert "Occitanie\tdepuis le" in maillage("region", "list", *data).stdout

    assert "--keep-feed ou --delete-feed" in maillage("region", "remove", "fr-occ", *data).stderr
    gone = maillage("region", "remove", "fr-occ", *data, "--delete-feed")
    assert "Le flux reçu est effacé" in gone.stdout
    assert not package.exists()
    assert not (house.data / "secrets" / "bus-fr-occ").exists()
    assert "0 région" in maillage("region", "list", *data).stderr


def checked(maillage: Any, data: tuple[str, ...]) -> str:
    """What the check says once all is well; "" before."""
    done = maillage("region", "check", "fr-occ", "--renew", *data)
    return done.stdout if done.returncode == 0 else ""


async def test_a_folder_from_before_accounts_keeps_its_streams_and_dead_letters(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    home.prepare()
    before = NatsServer(home.nats)  # as the launcher of then: everything in the one open account
    await asyncio.to_thread(before.start)
    topology = Topology("fr-pac", {"mentoring": ["directory.cpts.created.v1"]}, services=["mentoring"])
    client = await nats.connect(before.url)
    await provision(client.jetstream(timeout=60), topology)
    await client.jetstream(timeout=60).publish("fr-pac.directory.cpts.created.v1.x", b"{}")
    await client.jetstream(timeout=60).publish("dlq.mentoring.fr-pac.directory.cpts.created.v1.x", b"{}")
    await client.close()
    before.stop()

    async def nothing(_broker: Broker) -> None:
        """Provision nothing: what is there is what was."""

    broker = Broker(home, nothing)
    await broker.start()
    try:
        client = await nats.connect(
            broker.url,
            user="operator",
            password=broker.password_of("operator"),
            inbox_prefix=b"_INBOX.operator",
        )
        jetstream = client.jetstream(timeout=60)
        assert (await jetstream.get_msg("EVENTS_FR_PAC", 1)).subject == "fr-pac.directory.cpts.created.v1.x"
        assert (await jetstream.stream_info("DLQ")).state.messages == 1
        assert (await jetstream.consumer_info("EVENTS_FR_PAC", "mentoring")).num_pending == 1
        await client.close()
    finally:
        await broker.stop()
