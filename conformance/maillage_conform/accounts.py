"""The sandbox's nats-server configuration: two regions, an account each, and the narrow door between them.

The service under test meets what it will meet in the network: its own account, its region's stream, and a
copy of the neighbour's public facts. It may publish below its own prefix only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from secrets import token_urlsafe

from maillage.events.names import (
    DLQ,
    DLQ_PREFIX,
    account,
    deliver_prefix,
    events_stream,
    external_api,
    feed_stream,
    public_stream,
)

OPERATOR = "operator"
SERVICE = "service"
GREETING_SECONDS = 30
"""How long a client may take to say who it is before the server hangs up."""


def service_permissions(region: str, peer: str) -> dict[str, list[str]]:
    """What the service's user may do: speak below its prefix, read its stream and its feed, erase in both,
    look at what others may copy.

    What it cannot handle it may put aside, as the kit does.
    """
    allowed = [f"{region}.>", "$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST"]
    for stream in (events_stream(region), feed_stream(peer)):
        allowed += [
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.STREAM.MSG.*.{stream}",
            f"$JS.API.STREAM.PURGE.{stream}",
            f"$JS.API.DIRECT.GET.{stream}",
            f"$JS.API.DIRECT.GET.{stream}.>",
            f"$JS.API.CONSUMER.*.{stream}",
            f"$JS.API.CONSUMER.*.{stream}.>",
            f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.>",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.>",
            f"$JS.ACK.{stream}.>",
            f"$JS.FC.{stream}.>",
        ]
    dead = [
        f"{DLQ_PREFIX}.>",
        *(f"$JS.API.STREAM.{call}.{DLQ}" for call in ("INFO", "MSG.GET", "MSG.DELETE")),
        f"$JS.API.DIRECT.GET.{DLQ}.>",
    ]
    copied = f"$JS.API.STREAM.MSG.GET.{public_stream(region)}"
    return {"publish": [*allowed, copied, *dead], "subscribe": ["_INBOX.>", f"{region}.>"]}


@dataclass(frozen=True, slots=True)
class Pair:
    """The region of the service under test and the neighbour that the kit plays, with their passwords.

    `exported`: the subjects (below the neighbour's prefix) that may be copied.
    """

    region: str
    peer: str
    exported: list[str]
    permissions: dict[str, list[str]] = field(default_factory=dict)
    password: str = field(default_factory=lambda: token_urlsafe(12))
    operator_password: str = field(default_factory=lambda: token_urlsafe(12))

    @property
    def operator(self) -> str:
        """The kit's user in the region's account."""
        return f"{OPERATOR}-{self.region}"

    @property
    def peer_operator(self) -> str:
        """The kit's user in the neighbour's account."""
        return f"{OPERATOR}-{self.peer}"

    @property
    def service(self) -> str:
        """The user the service under test signs in as."""
        return f"{SERVICE}-{self.region}"

    def accounts(self) -> dict[str, object]:
        """The two account blocks."""
        permissions = self.permissions or service_permissions(self.region, self.peer)
        operator = {"user": self.operator, "password": self.operator_password}
        service = {"user": self.service, "password": self.password, "permissions": permissions}
        theirs = {"user": self.peer_operator, "password": self.operator_password}
        own, other = account(self.region), account(self.peer)
        stream = events_stream(self.peer)
        doors = [f"CONSUMER.CREATE.{stream}.*.{subject}" for subject in self.exported]
        flow, deliver = f"$JS.FC.{stream}.>", f"{deliver_prefix(self.region, self.peer)}.>"
        return {
            own: {
                "jetstream": "enabled",
                "users": [operator, service],
                "imports": [
                    *(
                        {
                            "service": {"account": other, "subject": f"$JS.API.{door}"},
                            "to": f"{external_api(self.peer)}.{door}",
                        }
                        for door in doors
                    ),
                    {"stream": {"account": other, "subject": deliver}},
                    {"service": {"account": other, "subject": flow}},
                ],
            },
            other: {
                "jetstream": "enabled",
                "users": [theirs],
                "exports": [
                    *(
                        {"service": f"$JS.API.{door}", "response_type": "stream", "accounts": [own]}
                        for door in doors
                    ),
                    {"stream": deliver, "accounts": [own]},
                    {"service": flow, "accounts": [own]},
                ],
            },
        }


def configuration(pairs: Iterable[Pair], folder: str, port: int) -> str:
    """The file for nats-server; JSON is part of what it reads."""
    accounts: dict[str, object] = {}
    for pair in pairs:
        accounts |= pair.accounts()
    return json.dumps(
        {
            "server_name": "conform",
            "listen": f"127.0.0.1:{port}",
            "ports_file_dir": folder,
            "log_file": f"{folder}/nats.log",
            "max_payload": 1_048_576,
            # Two seconds, the server's own, are soon over where many start at once on a busy machine.
            "authorization": {"timeout": GREETING_SECONDS},
            "jetstream": {"store_dir": f"{folder}/store", "max_file_store": 1_073_741_824},
            "accounts": accounts,
        },
        indent=2,
    )
