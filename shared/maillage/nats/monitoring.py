"""What the hub's monitoring port says of its leaves, and of how far each has read what is public.

The consumers by which another server copies a stream are its own affair: JetStream's API does not list them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from maillage.events.names import account, deliver_prefix, public_stream
from maillage.trust import trusted


@dataclass(frozen=True, slots=True)
class Outward:
    """What a peer has still to take of what we say. `reading`: whether its server is listening now."""

    messages: int
    behind: int
    reading: bool


@dataclass(frozen=True, slots=True)
class Monitor:
    """A nats-server's monitoring address. Its methods raise httpx.HTTPError when it does not answer."""

    url: str

    async def leaf_delay(self, region: str) -> str | None:
        """How long a message takes to the region's leaf and back, in the server's words; None without one."""
        leaves = (await self._get("/leafz", {})).get("leafs") or []
        return next((str(each.get("rtt")) for each in leaves if each.get("account") == account(region)), None)

    async def outward(self, region: str, peer: str) -> Outward:
        """How far `peer` is with what `region` says."""
        asked = {"acc": account(region), "streams": "true", "consumers": "true"}
        said = await self._get("/jsz", {**asked, "direct-consumers": "true", "config": "true"})
        streams = [each for found in said.get("account_details") or [] for each in found["stream_detail"]]
        stream = next((each for each in streams if each["name"] == public_stream(region)), None)
        if stream is None:
            return Outward(0, 0, reading=False)
        prefix = f"{deliver_prefix(peer, region)}."
        readers = [
            each
            for each in stream.get("direct_consumer_detail") or []
            if (each.get("config") or {}).get("deliver_subject", "").startswith(prefix)
        ]
        messages = int(stream["state"]["messages"])
        behind = min((int(each.get("num_pending", 0)) for each in readers), default=messages)
        return Outward(messages, behind, any(each.get("push_bound") for each in readers))

    async def _get(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        async with httpx.AsyncClient(
            base_url=self.url, verify=trusted(), timeout=5, trust_env=False
        ) as client:
            answer = await client.get(path, params=asked)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found


def usual_monitor(nats_url: str) -> str:
    """Where a bus in containers is watched: port 8222 of the same host."""
    host = urlsplit(nats_url.split(",")[0].strip()).hostname
    return f"http://{host}:8222" if host else ""


def embedded_monitor(data: Path) -> str:
    """The monitoring address of the house that runs on this folder, empty when none does."""
    import json

    for ports in sorted(data.glob("nats/*.ports")):
        try:
            return str(json.loads(ports.read_text(encoding="utf-8"))["monitoring"][0])
        except (OSError, ValueError, LookupError):
            continue
    return ""
