"""Which regions copy what leaves ours, as the server's monitoring tells.

JetStream makes a consumer for each copy and hides it from every list but this one (`jsz`, direct consumers).
Listening where the copies are delivered would tell as well, and keep a consumer alive whose region is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from maillage.events.names import account, public_stream

from .bus import server_time

_DELIVER = re.compile(r"^deliver\.([a-z]{2}-[a-z0-9]{1,8})\.")
_ASKED = {"accounts": "1", "streams": "1", "consumers": "1", "direct-consumers": "1", "config": "1"}
_NO_ACCOUNTS = "$G"


@dataclass(frozen=True, slots=True)
class Copy:
    """One region's copy: since when its present consumer exists, what it asks for, what is still to come."""

    region: str
    since: datetime
    subjects: list[str]
    pending: int


async def copies(client: httpx.AsyncClient, addresses: str, region: str) -> list[Copy]:
    """The copies being made of `region`'s public events, one a region.

    `addresses` are those of every server of a cluster, with commas: each knows the consumers it leads.
    Raises HTTPError when one does not answer, ValueError when its answer is not the monitoring's.
    """
    found: dict[str, Copy] = {}
    for address in filter(None, (each.strip().rstrip("/") for each in addresses.split(","))):
        answer = await client.get(f"{address}/jsz", params=_ASKED)
        answer.raise_for_status()
        for each in _read(answer.json(), region):
            other = found.get(each.region)
            if other is None or each.since > other.since:
                found[each.region] = each
    return list(found.values())


def _read(told: dict[str, Any], region: str) -> Iterator[Copy]:
    """The copies in one server's answer: consumers of the public stream that deliver to another region."""
    for held in told.get("account_details") or []:
        if held.get("name") not in (account(region), _NO_ACCOUNTS):
            continue
        for stream in held.get("stream_detail") or []:
            if stream.get("name") != public_stream(region):
                continue
            for consumer in stream.get("direct_consumer_detail") or []:
                config = consumer.get("config", {})
                to = _DELIVER.match(config.get("deliver_subject", ""))
                if to and consumer.get("push_bound", True):
                    one = config.get("filter_subject")
                    subjects = config.get("filter_subjects") or ([one] if one else [">"])
                    since = server_time(consumer["created"])
                    yield Copy(to[1], since, sorted(subjects), int(consumer.get("num_pending", 0)))
