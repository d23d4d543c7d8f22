"""A service's consumption of one region's stream: FastStream pulls, this decides what becomes of a message.

FastStream's defaults drop a message at the first error or loop on it; its batches fail whole for one body
that is not JSON, and lose what they hold when a fetch ends a moment early. So the subscriber is declared here
once: one message at a time, manual acknowledgement, bodies left to the handlers' models; the batch is made by
taking what else the server has at that moment. Acknowledgements follow the commit; retries are naks with a
delay; what cannot be handled is copied to the dead letters first and only then given up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsMessage, PullSub
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from opentelemetry import trace

from maillage.db.engine import Database
from maillage.events.answers import Answers
from maillage.events.connection import Connection
from maillage.events.consumer import Consumer
from maillage.events.drain import Drain
from maillage.events.handling import DELAYS, DatabaseAway, Handling, Verdict
from maillage.events.marks import place_name, read_mark, write_mark
from maillage.events.names import RUN
from maillage.events.place import take_place
from maillage.events.streams import MAX_ACK_PENDING, consumer_config, events_stream, feed_stream
from maillage.tasks import stop_if_cancelled

log = structlog.get_logger("maillage.consumer")
BATCH_SIZE = 100
# Seconds a request for the next message waits at the server.
PULL_WAIT = 2.0
# How often a process may die with the same event in hand before the event is held to be the cause.
FATAL_TRIES = 3


class Reception:
    """Consumes while `run` runs. `problem` says what stands in the way, None when nothing does.

    `origin` is the region whose events these are: the service's own, or a peer, whose feed is then read.
    """

    def __init__(
        self,
        consumer: Consumer,
        db: Database,
        settings: Any,
        connection: Connection,
        tracer: trace.Tracer,
        *,
        origin: str,
        delays: Sequence[float] = DELAYS,
        watch: float = 2.0,
        stalled_after: float = 10.0,
    ) -> None:
        self._consumer, self._db, self._connection = consumer, db, connection
        abroad = origin != settings.region
        self._stream = feed_stream(origin) if abroad else events_stream(origin)
        self._name = place_name(consumer.name, settings.region, origin)
        self._answers = Answers(consumer.name, self._name, connection)
        self._types = consumer.types_abroad if abroad else consumer.types
        self._handling = Handling(consumer, db, settings, tracer, delays, origin=origin)
        self._watch_every, self._stalled_after = watch, stalled_after
        self._careful_until = 0
        self._busy = self._ending = False
        self._more: Drain | None = None
        self._last_batch = 0.0
        self._problem: str | None = "not started"
        self._subscriber = self._declare(consumer.filter_subjects(origin, abroad=abroad))

    def _declare(self, filter_subjects: list[str]) -> Any:
        subscriber = self._connection.broker.subscriber(
            "",
            stream=JStream(self._stream, declare=False),
            durable=self._consumer.name,
            # Only used if the durable vanished since we looked: then it is made as provisioned.
            config=consumer_config(self._consumer.name, filter_subjects),
            pull_sub=PullSub(batch_size=1, timeout=PULL_WAIT),
            ack_policy=AckPolicy.MANUAL,
            # FastStream does not hand the connection's prefix to pull subscriptions.
            inbox_prefix=f"{self._connection.inbox_prefix}.".encode(),
            decoder=_leave_bodies_alone,
        )

        async def on_message(message: NatsMessage) -> None:
            first = message.raw_message
            more = await self._drain(BATCH_SIZE - 1) if self._is_accompanied(first) else []
            await self._take_on([first, *more])

        subscriber(on_message)
        return subscriber

    async def run(self) -> None:
        """Consume until cancelled, whatever comes and goes meanwhile."""
        while True:
            stop_if_cancelled()
            try:
                await self._connection.wait()
                await self._consume(self._connection.jetstream())
            except NotFoundError:
                self._note_problem(
                    f"{self._stream} or its consumer {self._consumer.name} is missing: {RUN} provision`"
                )
            except Exception as error:  # whatever it is, the events stay and are tried again
                log.exception("consumption interrupted", consumer=self._name)
                self._note_problem(f"{type(error).__name__} while consuming")
            await asyncio.sleep(self._watch_every / 2)

    async def _consume(self, jetstream: JetStreamContext) -> None:
        """From one look at the server to the next time it may have become another."""
        reconnects = self._connection.reconnects
        stream = await jetstream.stream_info(self._stream)
        info = await jetstream.consumer_info(self._stream, self._consumer.name)
        place = await take_place(self._db, jetstream, stream, info, self._name, self._types)
        await self._handling.recall()
        self._handling.replay_until, self._careful_until = place.replay_until, place.careful_until
        self._note_problem(None)
        while reconnects == self._connection.reconnects:
            stop_if_cancelled()
            self._last_batch = time.monotonic()
            self._more = Drain(self._connection.client, self._stream, self._consumer.name)
            await self._more.open()
            self._ending = False
            await self._subscriber.start()
            try:
                await self._watch(jetstream, reconnects)
            finally:
                self._ending = True  # what is in hand is handled, and no more fetched
                await self._subscriber.stop()
                await self._more.close()
            if reconnects == self._connection.reconnects:
                await self._take_over(jetstream)

    async def _take_over(self, jetstream: JetStreamContext) -> None:
        """Handle what the silent subscription was given and never handed on, without it.

        A message with a `Status` header is such a one: the client takes it for a word of the server's.
        """
        if time.monotonic() > self._answers.retries_until:
            await jetstream.reset_consumer(self._stream, self._consumer.name)
        self._more = Drain(self._connection.client, self._stream, self._consumer.name)
        await self._more.open()
        try:
            while (messages := await self._drain(BATCH_SIZE)) or self._is_owed():
                await self._take(messages)
        finally:
            await self._more.close()

    async def _watch(self, jetstream: JetStreamContext, reconnects: int) -> None:
        """Return when the subscription is to be made anew: the connection was, or it has fallen silent."""
        while reconnects == self._connection.reconnects:
            stop_if_cancelled()
            await asyncio.sleep(self._watch_every)
            if not self._connection.connected:
                continue
            try:
                info = await jetstream.consumer_info(self._stream, self._consumer.name)
                await self._answers.measure(jetstream, (info.num_pending or 0) + (info.num_ack_pending or 0))
            except (ConnectionError, TimeoutError):
                continue
            if self._is_silent() and self._has_work(info.num_pending or 0, info.num_ack_pending or 0):
                log.warning("consumer has stalled, subscribing again", consumer=self._name)
                return

    def _is_silent(self) -> bool:
        return not self._busy and time.monotonic() - self._last_batch > self._stalled_after

    def _has_work(self, pending: int, unanswered: int) -> bool:
        """Whether there is something that ought to be in our hands by now."""
        if time.monotonic() > self._answers.retries_until:
            return pending + unanswered > 0
        return pending > 0 and unanswered < MAX_ACK_PENDING

    async def _drain(self, limit: int) -> list[Msg]:
        try:
            return await self._more.take(limit) if self._more else []
        except Exception:
            log.exception("no more messages for this batch", consumer=self._name)
            return []

    async def _take_on(self, messages: list[Msg]) -> None:
        """Handle one batch, and the next ones as long as they come full: fetched while one is handled."""
        while messages:
            more = (len(messages) == BATCH_SIZE or self._is_owed()) and not self._ending
            following = asyncio.create_task(self._drain(BATCH_SIZE)) if more else None
            try:
                await self._take(messages)
            except BaseException:
                if following is not None:
                    following.cancel()
                raise
            messages = await following if following is not None else []
            while not messages and self._is_owed() and not self._ending:
                messages = await self._drain(BATCH_SIZE)

    def _is_accompanied(self, message: Msg) -> bool:
        """Whether to ask for more before it is handled: the server had some as it sent this one, or owes us
        some, or sends again (those that come again it does not count).
        """
        told = message.metadata
        return told.num_pending > 0 or told.num_delivered > 1 or self._is_owed()

    def _is_owed(self) -> bool:
        """Whether messages may still come that nobody would ask for."""
        return self._more is not None and self._more.owed > 0

    async def _take(self, messages: list[Msg]) -> None:
        """Handle one batch from the stream and answer for each of its messages."""
        self._busy = True
        try:
            async with self._answers.held(messages):
                suspects = [each for each in messages if _sequence(each) <= self._careful_until]
                for message in suspects:
                    await self._answer(message, await self._handle_suspect(message))
                others = [each for each in messages if _sequence(each) > self._careful_until]
                for message, verdict in zip(others, await self._handle(others), strict=True):
                    await self._answer(message, verdict)
        except Exception:
            # Unanswered, they come again after the ack delay; the inbox knows those that were done.
            log.exception("batch failed", consumer=self._consumer.name)
        finally:
            self._busy, self._last_batch = False, time.monotonic()

    async def _answer(self, message: Msg, verdict: Verdict) -> None:
        if await self._answers.give(message, verdict):
            await self._handling.settle(message)

    async def _handle(self, messages: Sequence[Msg]) -> list[Verdict]:
        """The verdicts, waiting for the database as long as it takes."""
        delay = 0.2
        while messages:
            try:
                verdicts = await self._handling.handle(messages)
            except DatabaseAway as error:
                self._note_problem(f"the database is away ({type(error.__cause__).__name__})")
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
            else:
                self._note_problem(None)
                return verdicts
        return []

    async def _handle_suspect(self, message: Msg) -> Verdict:
        """An event that was in hand when a process died: alone, and not for ever if it is what kills them."""
        name, label = self._name, str(_sequence(message))
        async with self._db.write() as session:
            mark = await read_mark(session, name)
            tries = mark.suspect_tries if mark and mark.suspect == label else 0
            await write_mark(session, name, suspect=label, suspect_tries=tries + 1)
        if tries >= FATAL_TRIES:
            return Verdict("dead", dead=f"the process died {tries} times while handling it")
        (verdict,) = await self._handle([message])
        async with self._db.write() as session:
            await write_mark(session, name, suspect=None, suspect_tries=0)
        return verdict

    @property
    def problem(self) -> str | None:
        """What keeps events from being handled, or from being put aside."""
        return self._problem or self._answers.problem

    def _note_problem(self, problem: str | None) -> None:
        if problem != self._problem:
            log.info("consumer", consumer=self._name, problem=problem)
        self._problem = problem


async def _leave_bodies_alone(message: Any) -> None:
    """FastStream is not to read bodies: one that is not JSON would fail its neighbours with it."""


def _sequence(message: Msg) -> int:
    return message.metadata.sequence.stream
