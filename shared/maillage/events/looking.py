"""Where the stream has a service's own events: asked so that it can be answered about no other's.

A request for a message by its place can be allowed for a whole stream only, with everybody's contact data in
it. One for a consumer names its filter in its subject, which a permission can end with the service's own.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from maillage.events.envelope import event_id_of
from maillage.events.names import look_name

_AT_ONCE = 100
_PATIENCE = 5.0
_KEPT = 30.0
"""Seconds the server keeps a look whose maker died."""


@dataclass(frozen=True, slots=True)
class Found:
    """An event of the stream: its place, and which it is."""

    place: int
    event_id: str


def ask_to_look(stream: str, looker: str) -> str:
    """The subject of the server's that `look` begins with: who may publish there, may look."""
    return f"$JS.API.CONSUMER.DELETE.{stream}.{look_name(looker)}"


async def look(
    jetstream: JetStreamContext,
    stream: str,
    subject: str,
    *,
    looker: str,
    start: int = 1,
    most: int | None = None,
) -> list[Found]:
    """What the stream has of `subject` at or after the place `start`, in its order, at most so many.

    `looker`: the bus user who asks, one thing at a time: a look takes away the one before, which then raises.
    Raises NotFoundError when there is no such stream, TimeoutError when NATS is away.
    """
    name = look_name(looker)
    with suppress(NotFoundError):
        await jetstream.delete_consumer(stream, name)
    made = await jetstream.add_consumer(stream, _of(name, subject, start))
    there = made.num_pending or 0
    try:
        return await _read(jetstream, stream, name, there if most is None else min(there, most))
    finally:
        with suppress(NotFoundError, TimeoutError):
            await jetstream.delete_consumer(stream, name)


def _of(name: str, subject: str, start: int) -> ConsumerConfig:
    return ConsumerConfig(
        name=name,
        filter_subject=subject,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=max(start, 1),
        ack_policy=AckPolicy.NONE,
        headers_only=True,
        mem_storage=True,
        num_replicas=1,
        inactive_threshold=_KEPT,
    )


async def _read(jetstream: JetStreamContext, stream: str, name: str, wanted: int) -> list[Found]:
    found: list[Found] = []
    if not wanted:
        return found
    reader = await jetstream.pull_subscribe_bind(name, stream)
    try:
        while len(found) < wanted:
            for each in await reader.fetch(min(wanted - len(found), _AT_ONCE), timeout=_PATIENCE):
                found.append(Found(each.metadata.sequence.stream, event_id_of(each.headers or {})))
    finally:
        await reader.unsubscribe()
    return found
