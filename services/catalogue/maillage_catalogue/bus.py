"""Reading a stream by position, with nothing left on the server: no consumer, no acknowledgement.

JetStream's direct get answers any number of messages from a sequence on. Nothing about the reader is kept by
the server, so the catalogue needs no right but to ask, and its place is committed with what it learnt.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import APIError

_TIMEOUT = 5.0
_END, _NOTHING = "204", "404"
MOST_BYTES = 4_000_000


class CannotRead(Exception):
    """The server refuses or does not know the stream; the text is its own."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as the stream holds it. `time` is when the stream took it."""

    sequence: int
    subject: str
    time: datetime
    headers: Mapping[str, str]
    data: bytes


async def read(client: Client, stream: str, sequence: int, most: int) -> list[Stored]:
    """Up to `most` messages from `sequence` on, in order; none when there is nothing newer.

    Raises CannotRead, or TimeoutError and ConnectionError when NATS is away.
    """
    inbox = client.new_inbox()
    asked = {"seq": sequence, "batch": most, "max_bytes": MOST_BYTES}
    answers = await client.subscribe(inbox)
    try:
        await client.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(asked).encode(), reply=inbox)
        return [each async for each in _answers(answers)]
    finally:
        await answers.unsubscribe()


async def read_one(client: Client, stream: str, sequence: int) -> Stored | None:
    """The message at that very place, None when it has been erased."""
    found = await read(client, stream, sequence, 1)
    return found[0] if found and found[0].sequence == sequence else None


async def _answers(answers: Any) -> AsyncIterator[Stored]:
    while True:
        message = await answers.next_msg(timeout=_TIMEOUT)
        headers = dict(message.headers or {})
        # A stored message may carry a header of that name itself; only the server's own word has no place.
        status = None if "Nats-Sequence" in headers else headers.get("Status")
        if status in (_END, _NOTHING):
            return
        if status is not None:
            raise CannotRead(f"{status} {headers.get('Description', '')}".strip())
        yield _stored(headers, message.data)


def _stored(headers: dict[str, str], data: bytes) -> Stored:
    return Stored(
        sequence=int(headers["Nats-Sequence"]),
        subject=headers["Nats-Subject"],
        time=server_time(headers["Nats-Time-Stamp"]),
        headers=headers,
        data=data,
    )


def server_time(text: str) -> datetime:
    """A time as the server writes it, with nanoseconds. Raises ValueError."""
    head, _, rest = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{rest[:6]:0<6}").replace(tzinfo=UTC)


async def consumers(jetstream: JetStreamContext, stream: str) -> list[ConsumerInfo]:
    """Every consumer of a stream. Raises as `read` does."""
    found: list[ConsumerInfo] = []
    try:
        while page := await jetstream.consumers_info(stream, offset=len(found)):
            found += page
            if len(page) < 256:
                break
    except (APIError, NoRespondersError) as error:
        raise CannotRead(str(error)) from error
    return found
