"""Taking an entity's events out of the streams so that no byte of them stays in the store's files.

A purge by subject only unlinks messages; deleting each one by its sequence overwrites it.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from maillage.events.event import full_type, subject_of
from maillage.events.streams import DLQ, DLQ_PREFIX, events_stream


async def erase_entity(
    jetstream: JetStreamContext, region: str, entity_id: UUID | str, types: Iterable[str]
) -> int:
    """Erase every event of these types about this entity, from the stream and the dead letters; how many.

    Doing it again is harmless. Raises NotFoundError when a stream is missing, TimeoutError when NATS is away.
    """
    erased = 0
    for name in types:
        subject = subject_of(region, full_type(name), str(entity_id))
        erased += await _erase(jetstream, events_stream(region), subject)
        erased += await _erase(jetstream, DLQ, f"{DLQ_PREFIX}.*.{subject}")
    return erased


async def _erase(jetstream: JetStreamContext, stream: str, subject: str) -> int:
    await jetstream.stream_info(stream)
    erased, sequence = 0, 1
    while True:
        try:
            message = await jetstream.get_msg(stream, seq=sequence, subject=subject, next=True)
        except NotFoundError:
            return erased
        sequence = message.seq or sequence
        await jetstream.delete_msg(stream, sequence)
        sequence, erased = sequence + 1, erased + 1
