"""Taking an entity's events out of the streams so that no byte of them stays in the store's files.

A purge by subject only unlinks messages; deleting each one by its sequence overwrites it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from uuid import UUID

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from maillage.events.event import full_type, subject_of
from maillage.events.names import DLQ, DLQ_PREFIX, events_stream, feed_stream, public_stream

_AGAIN = 0.05
_SETTLED = 5.0
"""Seconds the copy of what other regions may read is given to catch up before it is searched."""


async def erase_entity(
    jetstream: JetStreamContext,
    region: str,
    entity_id: UUID | str,
    types: Iterable[str],
    *,
    abroad: bool = False,
) -> int:
    """Erase every event of these types about this entity, from the streams and the dead letters; how many.

    `region` is whose events they are: this house's own region, whose stream and public copy are searched, or
    with `abroad` a peer, whose feed is. Doing it again is harmless. Raises NotFoundError when a stream is
    missing (a house without peers has no public copy), TimeoutError when NATS is away.
    """
    subjects = [subject_of(region, full_type(name), str(entity_id)) for name in types]
    streams = [feed_stream(region)] if abroad else [events_stream(region)]
    if not abroad and await _has_settled_copy(jetstream, region):
        streams.append(public_stream(region))
    erased = 0
    for subject in subjects:
        for stream in streams:
            erased += await _erase(jetstream, stream, subject)
        erased += await _erase(jetstream, DLQ, f"{DLQ_PREFIX}.*.{subject}")
    return erased


async def _has_settled_copy(jetstream: JetStreamContext, region: str) -> bool:
    """Whether there is a public copy, having waited for it to hold all that the stream does."""
    deadline = time.monotonic() + _SETTLED
    while True:
        try:
            info = await jetstream.stream_info(public_stream(region))
        except NotFoundError:
            return False
        if not any(source.lag for source in info.sources or []) or time.monotonic() > deadline:
            return True
        await asyncio.sleep(0.1)


async def _erase(jetstream: JetStreamContext, stream: str, subject: str) -> int:
    """The last ones first: a subject's last message is asked for under its name, where a right can end."""
    erased = 0
    while subjects := (await jetstream.stream_info(stream, subjects_filter=subject)).state.subjects:
        for each in subjects:
            try:
                message = await jetstream.get_last_msg(stream, each, direct=True)
                await jetstream.delete_msg(stream, message.seq or 0)
                erased += 1
            except NotFoundError:  # a copy of the stream that does not know yet, or somebody was faster
                await asyncio.sleep(_AGAIN)
    return erased
