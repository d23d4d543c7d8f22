"""How two regions' accounts are joined: what each may ask of the other, and nothing besides.

The hub has an account for its own region and, for each other one, a doorway: an account without JetStream in
which the other region's leaf server appears. Facts cross as sourced streams. For that, the reader's server
asks the origin's to make a consumer on its public stream, messages come on subjects kept for that pair of
regions, and flow control goes back. No other stream and no other request is exported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maillage.events.names import account, deliver_prefix, external_api, public_stream


def home_exports(region: str, peers: Sequence[str]) -> list[dict[str, Any]]:
    """What the hub's own region lets each doorway have."""
    doors = [account(peer) for peer in peers]
    if not doors:
        return []
    shared = [
        {"service": _ask(region, "$JS.API"), "response_type": "stream", "accounts": doors},
        {"service": _flow(region), "accounts": doors},
    ]
    own = [{"stream": f"{deliver_prefix(peer, region)}.>", "accounts": [account(peer)]} for peer in peers]
    return shared + own


def home_imports(region: str, peers: Sequence[str]) -> list[dict[str, Any]]:
    """What the hub's own region asks through the doorways."""
    return [each for peer in peers for each in _imports(region, peer, f"$JS.{peer}.API")]


def doorway_exports(region: str, peer: str) -> list[dict[str, Any]]:
    """What the doorway of `peer` lets the hub's region ask of the leaf behind it."""
    home = [account(region)]
    return [
        {"service": _ask(peer, f"$JS.{peer}.API"), "response_type": "stream", "accounts": home},
        {"service": _flow(peer), "accounts": home},
        {"stream": f"{deliver_prefix(region, peer)}.>", "accounts": home},
    ]


def doorway_imports(region: str, peer: str) -> list[dict[str, Any]]:
    """What the leaf behind the doorway of `peer` may ask of the hub's region."""
    return _imports(peer, region, "$JS.API")


def _imports(reader: str, origin: str, api: str) -> list[dict[str, Any]]:
    there = account(origin)
    return [
        {
            "service": {"account": there, "subject": _ask(origin, api)},
            "to": _ask(origin, external_api(origin)),
        },
        {"service": {"account": there, "subject": _flow(origin)}},
        {"stream": {"account": there, "subject": f"{deliver_prefix(reader, origin)}.>"}},
    ]


def _ask(origin: str, api: str) -> str:
    """The request for a consumer on an origin's public stream; its filter is the subject's last part."""
    return f"{api}.CONSUMER.CREATE.{public_stream(origin)}.*.{origin}.>"


def _flow(origin: str) -> str:
    """Flow control of that stream only: exporting all of it both ways would make a loop."""
    return f"$JS.FC.{public_stream(origin)}.>"
