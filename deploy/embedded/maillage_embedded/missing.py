"""What a running nats-server lacks of the streams and consumers that the house's services bind to.

Somebody may delete one by hand, with a tool of NATS' own. A start makes it again and gives it back what the
journals know, so that a house need only notice.
"""

import time
from typing import Any

import httpx
from maillage.events.streams import StreamOptions, stream_configs
from maillage.events.topology import Topology

EVERY = 10.0
"""Seconds between two looks while nothing is missing: a house at rest is to be at rest."""


class Missing:
    """Looks at the server's monitoring for what `wanted` names."""

    def __init__(self, wanted: Topology) -> None:
        streams = {(config.name or "", "") for config in stream_configs(wanted, StreamOptions())}
        self._wanted = streams | {(stream, name) for stream, name, _ in wanted.durables()}
        self._found_at = -EVERY

    async def ask(self, client: httpx.AsyncClient, monitor_url: str) -> str | None:
        """What is missing, in words for a log. Raises TransportError while the server is away."""
        if time.monotonic() - self._found_at < EVERY:
            return None
        told = {"streams": "true", "consumers": "true"}
        answer = await client.get(f"{monitor_url}/jsz", params=told)
        if answer.status_code != httpx.codes.OK:
            return None
        missing = self._wanted - _there(answer.json())
        if missing:
            return f"missing: {', '.join('/'.join(filter(None, each)) for each in sorted(missing))}"
        self._found_at = time.monotonic()
        return None


def _there(told: dict[str, Any]) -> set[tuple[str, str]]:
    """Streams (without a second name) and consumers, of whatever account."""
    accounts = told.get("account_details") or []
    streams = [each for account in accounts for each in account.get("stream_detail") or []]
    consumers = {
        (stream["name"], each["name"]) for stream in streams for each in stream.get("consumer_detail") or []
    }
    return {(stream["name"], "") for stream in streams} | consumers
