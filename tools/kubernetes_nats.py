"""Writes deploy/kubernetes/base/nats: nats.conf from the topology, and the passwords of its StatefulSet.

python tools/kubernetes_nats.py           writes both
python tools/kubernetes_nats.py --check   says whether they are as they are now (status 1 when not)

The file holds no password: each is a reference to an environment variable, which the pod has from a secret.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maillage.events.topology import topology
from maillage.nats.server import Cluster, Listeners, server_configuration
from maillage.nats.syntax import Bare, Block
from maillage.nats.users import users

FOLDER = Path(__file__).parent.parent / "deploy" / "kubernetes" / "base" / "nats"
REGION = "fr-pac"
SERVERS = 3
PIECE = "            # one per user of the bus; quoted, so that a password of digits is no number\n"


@dataclass(frozen=True, slots=True)
class ClusterByName(Cluster):
    """The cluster block with routes from the environment: a password inside an address is not filled in."""

    def block(self) -> Block:
        """As in the file."""
        return {
            "name": self.name,
            "listen": self.listen,
            "authorization": {"user": self.user, "password": Bare(self.password)},
            "routes": [Bare(route) for route in self.routes],
        }


def configuration() -> str:
    """nats.conf for today's services."""
    wanted = topology(REGION)
    cluster = ClusterByName(
        REGION, "0.0.0.0:6222", [f"$ROUTE_{number}" for number in range(SERVERS)], "cluster", "$BUS_CLUSTER"
    )
    listeners = Listeners(
        Bare("$POD_NAME"),
        monitor="0.0.0.0:8222",
        cluster=cluster,
        extra={"pid_file": "/tmp/nats.pid", "lame_duck_duration": "30s", "lame_duck_grace_period": "5s"},  # noqa: S108  (in the pod)
    )
    return server_configuration(wanted, listeners, {user.name: variable(user.name) for user in users(wanted)})


def variable(user: str) -> str:
    """The reference to a user's password."""
    return f"$BUS_{user.upper()}"


def environment() -> str:
    """The StatefulSet's lines that fill in what nats.conf refers to."""
    names = [*(user.name for user in users(topology(REGION))), "cluster"]
    lines = [PIECE]
    for name in names:
        raw, key = f"RAW_{name.upper()}", f"bus-{name}"
        lines.append(f"            - name: {raw}\n")
        lines.append(f"              valueFrom: {{ secretKeyRef: {{ name: nats, key: {key} }} }}\n")
        lines.append(f"            - {{ name: {variable(name)[1:]}, value: '\"$({raw})\"' }}\n")
    for number in range(SERVERS):
        route = f"nats-route://cluster:$(RAW_CLUSTER)@nats-{number}.nats:6222"
        lines.append(f"            - {{ name: ROUTE_{number}, value: '\"{route}\"' }}\n")
    return "".join(lines)


def files() -> Mapping[str, str]:
    """What is written, by file name."""
    template = (FOLDER / "statefulset.yaml").read_text(encoding="utf-8")
    before, _, rest = template.partition(PIECE)
    _, end, after = rest.partition("          startupProbe:")
    if not end:
        raise ValueError("statefulset.yaml has no place for the passwords")
    return {"nats.conf": configuration(), "statefulset.yaml": before + environment() + end + after}


def main() -> int:
    """Write the files, or with --check only compare them."""
    wanted = files()
    if "--check" in sys.argv[1:]:
        return int(any((FOLDER / name).read_text(encoding="utf-8") != text for name, text in wanted.items()))
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
