"""What a consumer tells the server about the messages it was given: at work, done, again later, given up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from maillage.events import deadletters, metrics
from maillage.events.connection import Connection
from maillage.events.handling import Verdict
from maillage.events.names import DLQ, RUN
from maillage.events.streams import ACK_WAIT

log = structlog.get_logger("maillage.consumer")


class Answers:
    """One consumer's answers. `retries_until`: until when (monotonic) the server may hold a delayed one.

    `label` names it in metrics and logs, apart for each stream it reads. `problem`: why nothing can be put
    aside.
    """

    def __init__(self, consumer: str, label: str, connection: Connection) -> None:
        self._consumer, self._label, self._connection = consumer, label, connection
        self.retries_until = 0.0
        self.problem: str | None = None

    @asynccontextmanager
    async def held(self, messages: Sequence[Msg]) -> AsyncIterator[None]:
        """Keep telling the server that these are being worked on."""

        async def tell() -> None:
            while True:
                await asyncio.sleep(ACK_WAIT / 3)
                for message in messages:
                    with suppress(Exception):
                        await message.in_progress()

        teller = asyncio.create_task(tell())
        try:
            yield
        finally:
            teller.cancel()

    async def give(self, message: Msg, verdict: Verdict) -> bool:
        """Answer for a message; whether it was given up. A lost answer means a second delivery, which the
        inbox stops.
        """
        metrics.DELIVERIES.labels(self._label, verdict.outcome).inc()
        if verdict.dead is not None:
            return await self._bury(message, verdict.dead)
        if verdict.retry_in is not None:
            await self._again(message, verdict.retry_in)
        else:
            await message.ack()
        return False

    async def _again(self, message: Msg, delay: float) -> None:
        self.retries_until = max(self.retries_until, time.monotonic() + delay)
        await message.nak(delay=delay)

    async def _bury(self, message: Msg, reason: str) -> bool:
        """To the dead letters first; only once they have it does the stream's durable give it up."""
        try:
            room = self._connection.client.max_payload
            letter = await deadletters.bury(
                self._connection.jetstream(), self._consumer, message, reason, max_payload=room
            )
        except Exception:
            log.exception("dead letters cannot be written", consumer=self._label)
            await self._again(message, ACK_WAIT)
            return False
        if letter is None:
            log.info("erased meanwhile, or thrown away before", consumer=self._label)
        else:
            log.error("event quarantined", consumer=self._label, subject=message.subject, reason=reason)
        await message.term()
        return True

    async def measure(self, jetstream: JetStreamContext, lag: int) -> None:
        """Show how far behind the consumer is and how much of it is in the dead letters."""
        metrics.CONSUMER_LAG.labels(self._label).set(lag)
        try:
            letters = await deadletters.size(jetstream, self._consumer)
        except NotFoundError:
            self.problem = f"{DLQ} is missing: {RUN} provision`"
        else:
            self.problem = None
            metrics.DLQ_SIZE.labels(self._consumer).set(letters)
