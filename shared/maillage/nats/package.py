"""The files another region's people are given: their server's configuration, streams, and who reads what."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from maillage.events.streams import StreamOptions, consumer_config, stream_configs
from maillage.events.topology import Topology
from maillage.nats.folder import write_text
from maillage.nats.server import Leaf, Listeners, leaf_configuration
from maillage.nats.users import users

CONFIGURATION = "nats-leaf.conf"
TOPOLOGY = "topology.json"


def leaf_topology(region: str, hub: Topology, services: Sequence[str]) -> Topology:
    """What a region begins with: services that publish, each of them reading all that the hub sends."""
    reading = {name: list(hub.public) for name in services}
    return Topology(
        region,
        {name: list(hub.public) for name in services},
        services=sorted(services),
        public=list(hub.public),
        peers=[hub.region],
        abroad=reading,
    )


def leaf_listeners(region: str, store: str) -> Listeners:
    """Where the leaf listens unless its people change it: this machine only."""
    return Listeners(region, client="127.0.0.1:4222", monitor="127.0.0.1:8222", store=store)


def write_package(folder: Path, wanted: Topology, leaf: Leaf) -> list[Path]:
    """Write the files, for their owner only; passwords made before are kept.

    The streams and consumers are in the form of JetStream's own API, for clients in any language.
    """
    passwords = _passwords(folder / "passwords.json", wanted)
    configuration = leaf_configuration(wanted, leaf_listeners(wanted.region, "./store"), passwords, leaf)
    written = {CONFIGURATION: configuration, TOPOLOGY: wanted.to_json() + "\n"}
    for config in stream_configs(wanted, StreamOptions()):
        written[f"streams/{config.name}.json"] = _json(config.as_dict())
    for stream, name, subjects in wanted.durables():
        durable = {"stream_name": stream, "config": consumer_config(name, subjects).as_dict()}
        written[f"consumers/{stream}.{name}.json"] = _json(durable)
    for name, text in written.items():
        write_text(folder / name, text)
    return [folder / name for name in written]


def _passwords(path: Path, wanted: Topology) -> dict[str, str]:
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    made = {user.name: known.get(user.name) or secrets.token_urlsafe(24) for user in users(wanted)}
    write_text(path, _json(made))
    return made


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
