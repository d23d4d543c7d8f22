"""The whole configuration file of a hub or of a leaf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maillage.events.names import account
from maillage.events.topology import Topology
from maillage.nats import links
from maillage.nats.syntax import Bare, Block, write
from maillage.nats.users import User, users

HEADER = "# Written by `maillage`: changes are lost at the next writing.\n"
MAX_PAYLOAD = "1MB"


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of PEM files as the server sees them. `ca`: whom clients' certificates must be signed by."""

    certificate: str
    key: str
    ca: str | None = None

    def block(self) -> Block:
        """As in the file."""
        asked = {"ca_file": self.ca, "verify": True} if self.ca else {}
        return {"cert_file": self.certificate, "key_file": self.key, **asked}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One of several servers of a region. `routes`: `host:port` of each of them."""

    name: str
    listen: str
    routes: Sequence[str]
    user: str
    password: str

    def block(self) -> Block:
        """As in the file; the servers know each other by one user and password."""
        routes = [f"nats-route://{self.user}:{self.password}@{route}" for route in self.routes]
        return {
            "name": self.name,
            "listen": self.listen,
            "authorization": {"user": self.user, "password": _secret(self.password)},
            "routes": routes,
        }


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where a server listens and keeps things. Addresses are `host:port`, port -1 for any free one.

    `extra` is added at the top of the file as it is (log file, pid file, ports file).
    """

    name: str
    client: str = "0.0.0.0:4222"
    monitor: str | None = None
    leaf: str | None = None
    store: str = "/data"
    max_file: str = "10GB"
    max_memory: str = "64MB"
    tls: Tls | None = None
    leaf_tls: Tls | None = None
    cluster: Cluster | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leaf:
    """How a leaf finds its hub: `url` is `nats-leaf://host:port` or `tls://…`; `ca` signs the hub's name.

    A `url` that begins with `$` is a reference to an environment variable that holds all of it, user and
    password included.
    """

    hub: str
    url: str
    password: str
    ca: str | None = None


def server_configuration(
    topology: Topology,
    listeners: Listeners,
    passwords: Mapping[str, str],
    doors: Mapping[str, str] | None = None,
) -> str:
    """The file of a region's own server, which others may link to.

    `passwords`: by user name, see `users(topology)`. `doors`: the password of each other region's leaf, by
    region; those are linked. A password that begins with `$` is a reference to an environment variable.
    Raises KeyError for a user without a password.
    """
    doors = dict(sorted((doors or {}).items()))
    region = topology.region
    home = {
        "jetstream": Bare("enabled"),
        "users": [_user(each, passwords[each.name]) for each in users(topology)],
        "exports": links.home_exports(region, list(doors)) or None,
        "imports": links.home_imports(region, list(doors)) or None,
    }
    accounts: dict[str, Any] = {account(region): home}
    for peer, password in doors.items():
        accounts[account(peer)] = _doorway(region, peer, password)
    return HEADER + write({**_common(region, listeners), "accounts": accounts})


def leaf_configuration(
    topology: Topology, listeners: Listeners, passwords: Mapping[str, str], leaf: Leaf
) -> str:
    """The file of a region's own server that links itself to a hub, ready to run.

    Nothing but what the link is for goes either way, whatever the hub's operator does over there.
    """
    region, hub = topology.region, leaf.hub
    home = {
        "jetstream": Bare("enabled"),
        "users": [_user(each, passwords[each.name]) for each in users(topology)],
    }
    remote: dict[str, Any] = {
        "url": _address(region, leaf),
        "account": account(region),
        "tls": {"ca_file": leaf.ca} if leaf.ca else None,
        "deny_exports": [f"{region}.>", "dlq.>", "thrown.>", "replay.>"],
        "deny_imports": [f"{region}.>", f"{hub}.>", "dlq.>", "thrown.>", "replay.>", *_unasked(region)],
    }
    block = {**_common(region, listeners), "accounts": {account(region): home}}
    leafnodes = dict(block.get("leafnodes") or {})
    block["leafnodes"] = {**leafnodes, "reconnect": Bare("2s"), "remotes": [remote]}
    return HEADER + write(block)


def _address(region: str, leaf: Leaf) -> str:
    if leaf.url.startswith("$"):
        return Bare(leaf.url)
    scheme, _, address = leaf.url.partition("://")
    return f"{scheme}://{region}:{leaf.password}@{address}"


def _unasked(region: str) -> list[str]:
    """What a hub may not ask of this leaf's JetStream: all that is not a consumer on what is public."""
    api = f"$JS.{region}.API"
    of_consumers = ("DELETE", "DURABLE", "INFO", "LIST", "MSG", "NAMES", "PAUSE", "RESET")
    consumers = [f"{api}.CONSUMER.{verb}.>" for verb in of_consumers]
    events = f"{api}.CONSUMER.CREATE.EVENTS_{account(region)}"
    whole = [f"{api}.{what}.>" for what in ("STREAM", "DIRECT", "ACCOUNT", "META", "SERVER")]
    return [*whole, f"{api}.INFO", *consumers, events, f"{events}.>"]


def _doorway(region: str, peer: str, password: str) -> Block:
    refused = {"publish": {"deny": [f"{region}.>"]}}
    return {
        "users": [{"user": peer, "password": _secret(password), "permissions": refused}],
        "exports": links.doorway_exports(region, peer),
        "imports": links.doorway_imports(region, peer),
    }


def _common(region: str, listeners: Listeners) -> dict[str, Any]:
    leafnodes: dict[str, Any] | None = None
    if listeners.leaf:
        tls = listeners.leaf_tls.block() if listeners.leaf_tls else None
        leafnodes = {"listen": listeners.leaf, "tls": tls}
    return {
        "server_name": listeners.name,
        "listen": listeners.client,
        "http": listeners.monitor,
        **listeners.extra,
        "max_payload": Bare(MAX_PAYLOAD),
        "tls": listeners.tls.block() if listeners.tls else None,
        "jetstream": {
            "store_dir": listeners.store,
            "domain": region,
            # By default an acknowledged message may be up to two minutes from the disk.
            "sync_interval": Bare("always"),
            "max_memory_store": Bare(listeners.max_memory),
            "max_file_store": Bare(listeners.max_file),
        },
        "cluster": listeners.cluster.block() if listeners.cluster else None,
        "leafnodes": leafnodes,
    }


def _user(user: User, password: str) -> Block:
    return {
        "user": user.name,
        "password": _secret(password),
        "permissions": {
            "publish": {"allow": list(user.publish)},
            "subscribe": {"allow": list(user.subscribe)},
        },
    }


def _secret(password: str) -> str:
    return Bare(password) if password.startswith("$") else password
