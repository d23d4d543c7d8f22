"""What a service does with events besides answering requests: relay, consumer, timers, background work.

All of it belongs to one replica at a time, the service's leader, and none of it stands in the way of
answering requests: NATS, the stream or the leadership may come later, or go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from nats.js import JetStreamContext
from opentelemetry import trace

from maillage.db.engine import Database
from maillage.events import wakeup
from maillage.events.connection import Connection, NotConnected
from maillage.events.consumer import Consumer
from maillage.events.handling import DELAYS
from maillage.events.names import RUN
from maillage.events.reception import Reception
from maillage.events.relay import Relay
from maillage.leader import Leadership, News
from maillage.tasks import end, stop_if_cancelled, unless_astray
from maillage.timers import Timers

log = structlog.get_logger("maillage.events")
Background = Callable[[], Awaitable[None]]


class EventRuntime:
    """The event machinery of one running service. Without `settings.nats_url` only timers and background run.

    `background` runs as long as this process leads: one that returns is done, one that raises starts again.
    """

    def __init__(
        self,
        name: str,
        db: Database,
        settings: Any,
        *,
        consumer: Consumer | None = None,
        timers: Timers | None = None,
        background: Sequence[Background] = (),
        tracer: trace.Tracer | None = None,
        delays: Sequence[float] = DELAYS,
        poll: float = 1.0,
        watch: float = 2.0,
        stalled_after: float = 10.0,
    ) -> None:
        tracer = tracer or trace.get_tracer("maillage.events")
        self._shared, db = db, db.apart()
        self._name, self._db, self._settings = name, db, settings
        self._timers, self._background, self._poll = timers, background, poll
        self._leadership = Leadership(db, name, News(wakeup.subscribe(), wakeup.wake))
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self.connection: Connection | None = None
        self.relay: Relay | None = None
        self.receptions: list[Reception] = []
        if settings.nats_url:
            self.connection = Connection(name, settings)
            copied = bool(settings.peer_regions)
            self.relay = Relay(name, settings.region, db, self.connection, tracer, copied=copied)
            if consumer:
                hear = partial(Reception, consumer, db, settings, self.connection, tracer, delays=delays)
                hear = partial(hear, watch=watch, stalled_after=stalled_after)
                self.receptions = [hear(origin=origin) for origin in _origins(consumer, settings)]

    @property
    def leading(self) -> bool:
        """Whether this replica is the one at work."""
        return self._leadership.leading

    def problems(self) -> list[str]:
        """What keeps events from flowing just now, one line each; empty when all is well or another leads."""
        if self.connection is None:
            return []
        if not self.connection.connected:
            return ["NATS is away"]
        parts = [part.problem for part in (self.relay, *self.receptions) if part] if self.leading else []
        return [problem for problem in parts if problem]

    def calls_for_operator(self) -> list[str]:
        """Those of the problems that only a command ends; each says which."""
        return [problem for problem in self.problems() if RUN in problem]

    def jetstream(self) -> JetStreamContext:
        """JetStream on the service's own connection. Raises NotConnected while NATS is away."""
        if self.connection is None:
            raise NotConnected("this service runs without NATS")
        return self.connection.jetstream()

    async def start(self) -> None:
        """Begin in the background and return at once."""
        if self.connection:
            self._tasks.append(asyncio.create_task(self.connection.open()))
        self._tasks.append(asyncio.create_task(self._leadership.run(self._work)))

    async def stop(self) -> None:
        """Finish the batch in hand, publish what is recorded, give up the leadership and the connection."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self.connection:
            await self.connection.close()
        if self._db is not self._shared:
            await self._db.dispose()

    async def _work(self) -> None:
        works: list[Awaitable[None]] = [_again(each) for each in self._background]
        if self._timers:
            works.append(self._timers.run(self._db, self._settings, poll=self._poll))
        if self.relay:
            works.append(self.relay.run(self._poll))
        works += [reception.run() for reception in self.receptions]
        tasks = [asyncio.create_task(unless_astray(each)) for each in works]
        try:
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.Event().wait()  # with nothing left to do, it still leads
        finally:
            await end(tasks)
            if self._stopping and self.relay:
                await self._publish_the_rest(self.relay)

    async def _publish_the_rest(self, relay: Relay) -> None:
        """What was recorded last need not wait for the next start."""
        with suppress(Exception):
            async with asyncio.timeout(2):
                while await relay.publish_pending():
                    pass


def _origins(consumer: Consumer, settings: Any) -> list[str]:
    """The regions whose events `consumer` is given: its own, and the peers it has handlers for."""
    own = [settings.region] if consumer.types else []
    return own + (list(settings.peer_regions) if consumer.types_abroad else [])


async def _again(work: Background, delay: float = 5.0) -> None:
    """Run `work` to its end, starting it again after `delay` seconds when it raises."""
    while True:
        stop_if_cancelled()
        try:
            await work()
            return
        except Exception:
            log.exception("background work failed", work=getattr(work, "__name__", "work"))
            await asyncio.sleep(delay)
