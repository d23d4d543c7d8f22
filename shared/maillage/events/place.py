"""Where a consumer stands in the stream as it starts: going on, taking over, or rebuilding a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo, StreamInfo

from maillage.db.engine import Database
from maillage.events.marks import digest_of, read_mark, types_name, write_mark

log = structlog.get_logger("maillage.consumer")


@dataclass(frozen=True, slots=True)
class Place:
    """`replay_until`: events up to this stream sequence were given to a database that is no more.

    `careful_until`: events up to this one were in somebody's hands when it died; one of them may be why.
    """

    replay_until: int
    careful_until: int


async def take_place(
    db: Database,
    jetstream: JetStreamContext,
    stream: StreamInfo,
    consumer: ConsumerInfo,
    mark_name: str,
    types: Sequence[str],
) -> Place:
    """Settle from where `consumer` reads on, telling the server if that is not where it stands.

    `mark_name` is what its note in this database goes by, `types` what it has handlers for.
    """
    name, created = consumer.name, str(stream.created)
    given = consumer.delivered.stream_seq if consumer.delivered else 0
    async with db.write() as session:
        mark, digest = await read_mark(session, mark_name), digest_of(types)
        before = await read_mark(session, types_name(mark_name))
        if mark is None:
            # A fresh database. What the durable has handed out is old news to everyone else.
            reset_to, replay_until = (1 if given else None), given
        elif mark.stream_created != created:
            # Another store: its sequences start anew and the inbox knows what has been handled.
            reset_to, replay_until = (1 if given else None), 0
        elif given > stream.state.last_seq:
            # The store lost its end: places already read will be filled with other events.
            reset_to, replay_until = 1, mark.replay_until
        elif before is None or before.stream_created != digest:
            # It may read more than before: it is given the history of that too, and the inbox knows the rest.
            answered = consumer.ack_floor.stream_seq if consumer.ack_floor else 0
            reset_to, replay_until = (1 if given else None), max(answered, mark.replay_until)
        else:
            reset_to, replay_until = mark.reset_to, mark.replay_until
        values = {"stream_created": created, "reset_to": reset_to, "replay_until": replay_until}
        await write_mark(session, mark_name, **values)
        await write_mark(session, types_name(mark_name), stream_created=digest)
    if reset_to:
        log.warning("consumer starts again from the beginning", consumer=mark_name, replay_until=replay_until)
        await jetstream.reset_consumer(stream.config.name or "", name, seq=reset_to)
        async with db.write() as session:
            await write_mark(session, mark_name, reset_to=None)
        return Place(replay_until, 0)
    if consumer.num_ack_pending:
        # Whoever held them is gone. Asking for them now, and not after the ack delay, keeps the order.
        await jetstream.reset_consumer(stream.config.name or "", name)
        return Place(replay_until, given)
    return Place(replay_until, 0)
