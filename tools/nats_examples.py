"""Writes the examples in deploy/nats: a hub with a door for Occitanie, and its leaf. `make contracts`.

They are what the renderer gives for the installed services, passwords left as references to the environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

from maillage.events.streams import topology
from maillage.events.topology import Topology
from maillage.nats import Leaf, Listeners, leaf_configuration, server_configuration, users
from maillage.nats.package import leaf_topology

FOLDER = Path(__file__).parents[1] / "deploy" / "nats"
HOME, PEER = "fr-pac", "fr-occ"


def examples() -> dict[str, str]:
    """The text of each file by its name."""
    hub = topology(HOME, peers=[PEER])
    leaf = leaf_topology(PEER, hub, ["directory", "events"])
    at_hub = Listeners("hub", monitor="127.0.0.1:8222", leaf="0.0.0.0:7422", store="./data")
    at_leaf = Listeners(PEER, client="127.0.0.1:4222", monitor="127.0.0.1:8222", store="./data")
    # Whole, with user and password: nats-leaf://fr-occ:password@host:7422
    address = Leaf(HOME, "$MAILLAGE_HUB_URL", "")
    return {
        "hub.conf": server_configuration(hub, at_hub, references(hub), {PEER: "$MAILLAGE_BUS_FR_OCC"}),
        "leaf-fr-occ.conf": leaf_configuration(leaf, at_leaf, references(leaf), address),
    }


def references(wanted: Topology) -> dict[str, str]:
    """`$MAILLAGE_BUS_DIRECTORY` and so on, by user."""
    return {user.name: f"$MAILLAGE_BUS_{user.name.upper()}" for user in users(wanted)}


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, text in examples().items():
        (folder / name).write_text(text, encoding="utf-8")
