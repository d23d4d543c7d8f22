"""The relay: what the journal has and the stream has not yet, published in order by the service's leader.

Rows are found by "not yet published", never by "id above the last one seen": ids are given before commits,
and a smaller one may become visible later. No lock is held while NATS is slow but the one of a backup.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from nats.js import JetStreamContext
from nats.js.errors import NoStreamResponseError, NotFoundError
from opentelemetry import trace
from sqlalchemy import ColumnElement, and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from maillage import clock
from maillage.db.engine import Database
from maillage.events import metrics, wakeup
from maillage.events.connection import Connection
from maillage.events.envelope import MSG_ID, span_link
from maillage.events.hold import publishing
from maillage.events.journal import Entry
from maillage.events.marks import RELAY, read_mark, write_mark
from maillage.events.publish import Published, publish
from maillage.events.streams import events_stream
from maillage.events.tables import KIT
from maillage.tasks import stop_if_cancelled

log = structlog.get_logger("maillage.relay")
BATCH_EVENTS = 200
BATCH_BYTES = 2_000_000
_OUTBOX = KIT.outbox


class StreamLost(RuntimeError):
    """The stream no longer has what the journal knows it had. Publishing on would bury the gap."""


_EXPECTED = (StreamLost, NotFoundError, NoStreamResponseError, ConnectionError, TimeoutError)


def waiting() -> ColumnElement[bool]:
    """Which entries the relay has still to publish."""
    return and_(_OUTBOX.c.published_at.is_(None), _OUTBOX.c.refused.is_(None))


async def find_loss(
    db: Database, jetstream: JetStreamContext, stream: str, *, read_message: bool = True
) -> str:
    """When the stream was created. Raises StreamLost if it lost events that this journal has published.

    `read_message`: also look whether others have already filled the place of a lost end.
    """
    info = await jetstream.stream_info(stream)
    created = str(info.created)
    async with db.read() as session:
        mark = await read_mark(session, RELAY)
        newest = select(Entry).where(Entry.stream_sequence.is_not(None))
        last = (await session.scalars(newest.order_by(Entry.stream_sequence.desc()).limit(1))).first()
    if last is None or last.stream_sequence is None:
        return created
    if mark is not None and mark.stream_created != created:
        raise StreamLost("the stream is not the one this journal was published to")
    if info.state.last_seq < last.stream_sequence:
        raise StreamLost(f"the stream ends at {info.state.last_seq}, the journal at {last.stream_sequence}")
    if read_message:
        await _verify_message(jetstream, stream, last.stream_sequence, str(last.event_id))
    return created


async def _verify_message(jetstream: JetStreamContext, stream: str, sequence: int, event_id: str) -> None:
    try:
        message = await jetstream.get_msg(stream, seq=sequence)
    except NotFoundError:
        return  # erased since, which is no loss
    if (message.headers or {}).get(MSG_ID) != event_id:
        raise StreamLost(f"another event is at {sequence}, the last place this journal knows")


class Relay:
    """Publishes one service's journal. `problem` says what stands in the way, None when nothing does."""

    def __init__(
        self, service: str, region: str, db: Database, connection: Connection, tracer: trace.Tracer
    ) -> None:
        self._service, self._region = service, region
        self._db, self._connection, self._tracer = db, connection, tracer
        self._stream = events_stream(region)
        self._verified_at = -1
        self.problem: str | None = None

    async def run(self, poll: float = 1.0) -> None:
        """Publish as events are recorded, until cancelled: a wake-up at each commit, a slow poll besides."""
        wake = wakeup.subscribe()
        while True:
            stop_if_cancelled()
            wake.clear()
            try:
                await self._measure_age()
                while await self.publish_pending():
                    stop_if_cancelled()
                await self._measure_age()
                self._note_problem(None)
            except Exception as error:  # noqa: BLE001  (whatever it is, the rows stay and are tried again)
                self._note_problem(error)
                await asyncio.sleep(poll / 2)
            with suppress(TimeoutError):
                async with asyncio.timeout(poll):
                    await wake.wait()

    async def publish_pending(self) -> int:
        """Publish the next batch; how many entries it settled. Raises when anything it needs is away."""
        jetstream = self._connection.jetstream()
        await self._verify_stream(jetstream)
        async with self._db.read() as session:
            pending = select(Entry).where(waiting()).order_by(Entry.id).limit(BATCH_EVENTS)
            entries = _within_bytes((await session.scalars(pending)).all())
        if not entries:
            return 0
        links = [link for each in entries if (link := span_link(each.traceparent))]
        with self._tracer.start_as_current_span(
            "publish events", kind=trace.SpanKind.PRODUCER, links=links, attributes={"events": len(entries)}
        ):
            async with publishing(self._db):
                client = self._connection.client
                results = await publish(client, jetstream, self._stream, self._region, entries)
        await note(self._db, results)
        metrics.PUBLISHED.labels(self._service).inc(sum(1 for each in results if each.sequence))
        return len(results)

    async def _verify_stream(self, jetstream: JetStreamContext) -> None:
        """Raise StreamLost when the stream has lost its end, or is another than the one published to."""
        reconnects = self._connection.reconnects
        fresh = reconnects == self._verified_at
        created = await find_loss(self._db, jetstream, self._stream, read_message=not fresh)
        async with self._db.read() as session:
            mark = await read_mark(session, RELAY)
        if mark is None or mark.stream_created != created:
            async with self._db.write() as session:
                await write_mark(session, RELAY, stream_created=created)
        self._verified_at = reconnects

    def _note_problem(self, error: Exception | None) -> None:
        problem = _explain(error, self._stream) if error else None
        metrics.STREAM_LOST.labels(self._service).set(isinstance(error, StreamLost))
        if problem == self.problem:
            return
        self.problem = problem
        if problem is None:
            log.info("relay runs", service=self._service)
        else:
            surprise = None if isinstance(error, _EXPECTED) else error
            log.warning("relay stands still", service=self._service, problem=problem, exc_info=surprise)

    async def _measure_age(self) -> None:
        async with self._db.read() as session:
            oldest = await session.scalar(select(func.min(Entry.time)).where(waiting()))
        age = (clock.now() - oldest).total_seconds() if oldest else 0.0
        metrics.OUTBOX_AGE.labels(self._service).set(max(age, 0.0))


async def note(db: Database, results: Sequence[Published]) -> None:
    """Write down where the entries are in the stream."""
    if results:
        async with db.write() as session:
            await note_in(session, results)


async def note_in(session: AsyncSession, results: Sequence[Published]) -> None:
    """The same within a transaction."""
    statement = update(_OUTBOX).where(_OUTBOX.c.id == bindparam("entry_id"))
    statement = statement.values(
        published_at=bindparam("new_time"),
        stream_sequence=bindparam("new_place"),
        refused=bindparam("new_refusal"),
    )
    connection = await session.connection()
    now = clock.now()
    rows = [
        {
            "entry_id": each.entry_id,
            "new_place": each.sequence,
            "new_refusal": each.refused,
            "new_time": None if each.refused else now,
        }
        for each in results
    ]
    await connection.execute(statement, rows)


def _within_bytes(entries: Sequence[Entry]) -> list[Entry]:
    """As many of the first entries as one batch may hold, at least one."""
    taken: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(entry.data or "")
        if taken and size > BATCH_BYTES:
            break
        taken.append(entry)
    return taken


def _explain(error: Exception, stream: str) -> str:
    if isinstance(error, StreamLost):
        return f"{stream} has lost events ({error}): run `maillage stream repair`"
    if isinstance(error, NotFoundError | NoStreamResponseError):
        return f"{stream} is missing: run `maillage provision`"
    if isinstance(error, ConnectionError | TimeoutError):
        return "NATS is away"
    return f"{type(error).__name__} while publishing"
