"""The relay: what the journal has and the stream has not yet, published in order by the service's leader.

Rows are found by "not yet published", never by "id above the last one seen": ids are given before commits,
and a smaller one may become visible later. No lock is held while NATS is slow but the one of a backup.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

import structlog
from nats.errors import OutboundBufferLimitError
from nats.js import JetStreamContext
from nats.js.errors import NoStreamResponseError, NotFoundError
from opentelemetry import trace
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from maillage import clock
from maillage.db.direct import Direct
from maillage.db.engine import Database
from maillage.events import metrics, wakeup
from maillage.events.belated import take_back_erased
from maillage.events.connection import Connection
from maillage.events.envelope import span_link
from maillage.events.event import personal_types
from maillage.events.hold import HELD, publishing
from maillage.events.journal import Entry
from maillage.events.looking import ask_to_look
from maillage.events.loss import Seen, StreamLost, compare, copied_to, look_at
from maillage.events.marks import RELAY, REPAIR, write_mark
from maillage.events.names import RUN
from maillage.events.noting import Repaired, note_unless_repaired
from maillage.events.publish import BATCH_EVENTS, Published, place_of, publish
from maillage.events.streams import DUPLICATE_WINDOW, events_stream, public_stream
from maillage.events.tables import KIT
from maillage.ids import new_id
from maillage.tasks import stop_if_cancelled

log = structlog.get_logger("maillage.relay")
GATHER, GATHER_MOST = 0.01, 0.2
"""Seconds between two batches of a busy service: what is recorded meanwhile goes together. See `gathers`."""

FORGOTTEN_AFTER = timedelta(seconds=DUPLICATE_WINDOW / 2)
"""By then an entry that waits is looked for in the stream: half the time for which that tells doubles."""

LOOK_EVERY = 1.0
"""Seconds the stream is trusted to be the one it was, on an unbroken connection."""

LOOK_IDLE = 5.0
"""Seconds after which it is looked at all the same when there is nothing to publish."""
BATCH_BYTES = 2_000_000
_OUTBOX = KIT.outbox


_EXPECTED = (
    StreamLost,
    NotFoundError,
    NoStreamResponseError,
    ConnectionError,
    TimeoutError,
    Repaired,
    OutboundBufferLimitError,  # what the client raises while it has no connection
)


def gathers(events: int) -> float:
    """How many seconds after the begin of a batch of so many events the next one begins.

    A batch costs its service what a request does, whether it holds one event or twenty. Up to fifty events a
    second they go as they come; in a rush more of them go together, and requests have the processor.
    """
    return min(GATHER * max(1, events), GATHER_MOST)


def waiting() -> ColumnElement[bool]:
    """Which entries the relay has still to publish."""
    return and_(_OUTBOX.c.published_at.is_(None), _OUTBOX.c.refused.is_(None))


# Made once, so that SQLAlchemy need not look at them again to know them.
_PENDING = select(_OUTBOX).where(waiting()).order_by(_OUTBOX.c.id).limit(BATCH_EVENTS)
_PENDING_HELD = Direct(_PENDING.add_columns(HELD))
_OLDEST = select(func.min(_OUTBOX.c.time)).where(waiting())


class Relay:
    """Publishes one service's journal. `problem` says what stands in the way, None when nothing does.

    `copied`: whether other regions may copy what is public of the stream.
    """

    def __init__(
        self,
        service: str,
        region: str,
        db: Database,
        connection: Connection,
        tracer: trace.Tracer,
        *,
        copied: bool = False,
    ) -> None:
        self._service, self._region = service, region
        self._db, self._connection, self._tracer = db, connection, tracer
        self._stream = events_stream(region)
        self._copy = public_stream(region) if copied else None
        self._verified_at, self._looked_at, self._measured_at = -1, 0.0, 0.0
        self._begins: int | None = None
        self._repair = ""
        self._behind = False
        self.problem: str | None = None

    async def run(self, poll: float = 1.0) -> None:
        """Publish as events are recorded, until cancelled: a wake-up at each commit, a slow poll besides."""
        wake = wakeup.subscribe()
        woken = True
        while True:
            stop_if_cancelled()
            wake.clear()
            begun, settled = time.monotonic(), 0
            try:
                waits = await self._measure_age()
                if woken or waits or self._has_to_look():
                    while (settled := await self.publish_pending()) and self._behind:
                        stop_if_cancelled()
                        await self._measure_age()
                    self._note_problem(None)
            except Exception as error:  # noqa: BLE001  (whatever it is, the rows stay and are tried again)
                self._note_problem(error)
                await asyncio.sleep(poll / 2)
            with suppress(TimeoutError):
                async with asyncio.timeout(poll):
                    await wake.wait()
            woken = wake.is_set()
            await asyncio.sleep(max(0.0, begun + gathers(settled) - time.monotonic()))

    async def publish_pending(self) -> int:
        """Publish the next batch; how many entries it settled. Raises when anything it needs is away."""
        jetstream = self._connection.jetstream()
        await self._verify_stream(jetstream)
        async with publishing(self._db) as holding:
            read = await self._pending(holding)
            entries = _within_bytes(read)
            if not entries:
                return 0
            results = await self._publish(jetstream, entries)
            await note_unless_repaired(self._db, holding, results, self._repair)
        self._behind = len(read) == BATCH_EVENTS or len(results) < len(read)
        metrics.PUBLISHED.labels(self._service).inc(sum(1 for each in results if each.sequence))
        return len(results)

    async def _pending(self, holding: AsyncConnection | None) -> Sequence[Entry]:
        """Rows with the names of an entry, which nobody changes."""
        if holding is not None:
            return cast(Sequence[Entry], await _PENDING_HELD.fetch(holding, {}))
        async with self._db.read() as reading:
            return cast(Sequence[Entry], (await (await reading.connection()).execute(_PENDING)).all())

    async def _publish(self, jetstream: JetStreamContext, entries: Sequence[Entry]) -> list[Published]:
        links = [link for each in entries if (link := span_link(each.traceparent))]
        with self._tracer.start_as_current_span(
            "publish events", kind=trace.SpanKind.PRODUCER, links=links, attributes={"events": len(entries)}
        ):
            client = self._connection.client
            results = await self._known(jetstream, entries)
            if new := entries[len(results) :]:
                results += await publish(client, jetstream, self._stream, self._region, new, self._service)
        # Of the others no word is erased that leaves a service: free text never goes on the bus.
        personal = {each.id for each in entries if each.type in personal_types()}
        if told := [each for each in results if each.entry_id in personal]:
            await take_back_erased(self._db, jetstream, self._region, told)
        return results

    async def _known(self, jetstream: JetStreamContext, entries: Sequence[Entry]) -> list[Published]:
        """Those of the first entries that are in the stream though nobody noted it, and waited since for so
        long that the server may have forgotten having taken them.
        """
        long_ago, found = clock.now() - FORGOTTEN_AFTER, list[Published]()
        for entry in entries:
            if entry.time > long_ago:
                break
            erased = entry.data is None
            place = None if erased else await self._place_of(jetstream, entry)
            if place is None and not erased:
                break
            found.append(Published(entry.id, sequence=place))
        return found

    async def _place_of(self, jetstream: JetStreamContext, entry: Entry) -> int | None:
        return await place_of(jetstream, self._stream, self._region, entry, looker=self._service)

    async def _verify_stream(self, jetstream: JetStreamContext) -> None:
        """Raise StreamLost when the stream has lost its end, or is another than the one published to."""
        reconnects, now = self._connection.reconnects, time.monotonic()
        fresh = reconnects == self._verified_at
        if fresh and now - self._looked_at < LOOK_EVERY:
            return
        begins = self._begins if fresh else None
        copied = 0 if fresh else await self._copied(jetstream)
        known = partial(
            compare, self._db, jetstream, self._stream, looker=self._service, copied=copied, begins=begins
        )
        try:
            seen = await known(read_message=not fresh)
        except TimeoutError:
            if not self._connection.is_refused(ask_to_look(self._stream, self._service)):
                raise
            seen = await known(read_message=False)  # as in `_copied`
        if seen.known is None or seen.repair is None:
            seen = await self._introduce(seen)
        self._repair = seen.repair or ""
        self._verified_at, self._looked_at, self._begins = reconnects, now, seen.begins

    async def _copied(self, jetstream: JetStreamContext) -> int:
        """What `copied_to` says; 0 where nobody copies, and where the bus's configuration is older than this
        service and does not let it look: it then publishes as it always has.
        """
        if self._copy is None:
            return 0
        try:
            return await copied_to(jetstream, self._copy)
        except TimeoutError:
            if not self._connection.is_refused(look_at(self._copy)):
                raise
            return 0

    async def _introduce(self, seen: Seen) -> Seen:
        """Make the marks of a journal that publishes for the first time."""
        made = replace(seen, repair=seen.repair or str(new_id()))
        async with self._db.write() as session:
            await write_mark(session, RELAY, stream_created=seen.created)
            await write_mark(session, REPAIR, stream_created=made.repair)
        return made

    def _has_to_look(self) -> bool:
        """Whether a pass is due although nothing waits: for the stream's sake, or to tell that it is away."""
        if not self._connection.connected or self._connection.reconnects != self._verified_at:
            return True
        return time.monotonic() - self._looked_at >= LOOK_IDLE

    def _note_problem(self, error: Exception | None) -> None:
        if error is not None:
            self._looked_at = 0.0  # whatever it was, the stream is looked at before the next batch
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

    async def _measure_age(self) -> bool:
        """Show how long the oldest waits; whether any does, or may: it is asked once in a while only."""
        if time.monotonic() - self._measured_at < LOOK_EVERY:
            return True
        self._measured_at = time.monotonic()
        async with self._db.alone() as connection:
            oldest = await connection.scalar(_OLDEST)
        age = (clock.now() - oldest).total_seconds() if oldest else 0.0
        metrics.OUTBOX_AGE.labels(self._service).set(max(age, 0.0))
        return oldest is not None


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
        return f"{stream} has lost events ({error}): {RUN} stream repair`"
    if isinstance(error, NotFoundError | NoStreamResponseError):
        return f"{stream} is missing: {RUN} provision`"
    if isinstance(error, ConnectionError | TimeoutError | OutboundBufferLimitError):
        return "NATS is away"
    if isinstance(error, Repaired):
        return f"{stream} was repaired meanwhile, what was under way is given again"
    return f"{type(error).__name__} while publishing"
