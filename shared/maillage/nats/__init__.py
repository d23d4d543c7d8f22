"""The configuration of a region's nats-server, rendered from its topology: accounts, users, links.

Pure functions from what a region is to the text of a file; the embedded launcher, the containers and
`maillage region add` all use them, and nothing about the broker's permissions is written anywhere else.
"""

from maillage.events.names import OPERATOR
from maillage.nats.server import (
    Cluster,
    Leaf,
    Listeners,
    Tls,
    leaf_configuration,
    server_configuration,
)
from maillage.nats.users import READER, User, users

__all__ = [
    "OPERATOR",
    "READER",
    "Cluster",
    "Leaf",
    "Listeners",
    "Tls",
    "User",
    "leaf_configuration",
    "server_configuration",
    "users",
]
