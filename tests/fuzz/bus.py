"""The services' real consumers on a real nats-server, given whatever a publisher could send.

What must hold afterwards, whatever came: each consumer stands at the end of its stream; each message it was
given is either in its inbox or in the dead letters with a reason; nothing of a quarantined one is in a
database; nobody was given a message more often than it may be tried; and a good event is still handled.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import nats
from maillage.events import deadletters
from maillage.events.envelope import Malformed, parse
from maillage.events.marks import place_name
from maillage.events.runtime import EventRuntime
from maillage.events.streams import consumer_config, events_stream, feed_stream, provision, topology
from maillage_catalogue.bus import read
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from sqlalchemy import select

from tests.fuzz.house import PEER, House
from tests.fuzz.messages import Sent

DELAYS = (0.02, 0.05)
"""Seconds between tries: a service in production waits minutes, which is all the difference there is."""
PATIENCE_SECONDS = 60.0


@dataclass
class Durable:
    """One consumer of one stream."""

    service: str
    stream: str
    origin: str


@dataclass
class Storm:
    """The started consumers. `findings` says what did not hold, a line each."""

    house: House
    url: str
    region: str
    client: Client
    jetstream: JetStreamContext
    durables: list[Durable]
    findings: list[str] = field(default_factory=list)
    sent: int = 0

    async def send(self, messages: Iterable[Sent]) -> None:
        """Publish on a bare connection: a client would refuse or tidy what is not as it should be."""
        place = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            await reader.readline()
            writer.write(b'CONNECT {"verbose":false,"headers":true,"protocol":1}\r\n')
            for message in messages:
                writer.write(message.on_the_wire())
                self.sent += 1
                await writer.drain()
            writer.write(b"PING\r\n")
            async with asyncio.timeout(60):
                while (line := await reader.readline()) and not line.startswith(b"PONG"):
                    if line.startswith(b"-ERR"):
                        raise ConnectionError(line.decode())
        finally:
            writer.close()

    async def settled(self) -> None:
        """Wait until every consumer stands at its end; one that no longer moves is a finding.

        Handling publishes: whoever was at the end first may have been given more meanwhile.
        """
        ends: list[int] = []
        while ends != (ends := await self._ends()):
            await self._all_at_end()

    async def _ends(self) -> list[int]:
        """Up to which message of its stream each consumer has settled everything."""
        infos = [await self.jetstream.consumer_info(each.stream, each.service) for each in self.durables]
        return [info.ack_floor.stream_seq if info.ack_floor else 0 for info in infos]

    async def _all_at_end(self) -> None:
        for durable in self.durables:
            seen, since = "", time.monotonic()
            while left := await self._left(durable):
                if left != seen:
                    seen, since = left, time.monotonic()
                if time.monotonic() - since > PATIENCE_SECONDS:
                    self.findings.append(f"{durable.service} stands still on {durable.stream}: {left}")
                    break
                await asyncio.sleep(0.05)

    async def _left(self, durable: Durable) -> str:
        info = await self.jetstream.consumer_info(durable.stream, durable.service)
        if not info.num_pending and not info.num_ack_pending:
            return ""
        place = info.ack_floor.stream_seq if info.ack_floor else 0
        return f"{info.num_pending} to come, {info.num_ack_pending} in hand after {place}"

    async def judge(self) -> None:
        """Look for everything that must hold, of what was settled when the look began: services go on."""
        ends = await self._ends()
        buried: dict[tuple[str, str], dict[int, str]] = {}
        async for letter in deadletters.letters(self.jetstream):
            place = (letter.consumer, letter.stream)
            buried.setdefault(place, {})[letter.stream_sequence] = letter.reason
            if not letter.reason:
                self.findings.append(f"dead letter {letter.number} without a reason")
        for durable, end in zip(self.durables, ends, strict=True):
            await self._judge(durable, end, buried.get((durable.service, durable.stream), {}))

    async def _judge(self, durable: Durable, end: int, buried: dict[int, str]) -> None:
        harness = self.house.services[durable.service]
        consumer = harness.service.consumer
        assert consumer is not None
        place = place_name(durable.service, self.region, durable.origin)
        inbox, outbox = harness.service.base.kit.inbox, harness.service.base.kit.outbox
        async with harness.db.read() as session:
            known = set(await session.scalars(select(inbox.c.event_id).where(inbox.c.consumer == place)))
            causes = {str(each) for each in await session.scalars(select(outbox.c.causation_id))}
        filters = consumer.filter_subjects(durable.origin, abroad=durable.origin != self.region)
        given = 0
        async for sequence, event_id in self._stored(durable.stream, filters, end):
            given += 1
            if sequence in buried:
                if event_id not in known and event_id in causes:
                    self.findings.append(f"{durable.service}: {sequence} is quarantined and had an effect")
            elif event_id not in known:
                self.findings.append(f"{durable.service}: {sequence} of {durable.stream} is nowhere")
        info = await self.jetstream.consumer_info(durable.stream, durable.service)
        tries = info.delivered.consumer_seq if info.delivered else 0
        if tries > given * (len(DELAYS) + 2) + 50:
            self.findings.append(f"{durable.service}: {tries} deliveries of {given} messages")

    async def _stored(self, stream: str, filters: list[str], end: int) -> AsyncIterator[tuple[int, str]]:
        """Number and event id of every message up to `end` that a consumer with these filters is given."""
        begins = tuple(each.removesuffix("*") for each in filters)
        number = 1
        while found := await read(self.client, stream, number, 500):
            number = found[-1].sequence + 1
            for each in found:
                given = each.sequence <= end and each.subject.startswith(begins)
                if given and each.subject.count(".") == 5:
                    try:
                        yield each.sequence, str(parse(each.subject, each.headers, b"").event_id)
                    except Malformed:
                        yield each.sequence, ""

    async def handles(self, good: Sent) -> None:
        """A good event is handled by all who consume it, after everything that came before."""
        await self.send([good])
        await self.settled()
        event_id = dict(good.headers or ())["ce-id"]
        kind = dict(good.headers or ())["ce-type"]
        for name, harness in self.house.services.items():
            consumer = harness.service.consumer
            if consumer is None or kind not in consumer.types:
                continue
            inbox = harness.service.base.kit.inbox
            async with harness.db.read() as session:
                found = await session.scalar(select(inbox.c.event_id).where(inbox.c.event_id == event_id))
            if not found:
                self.findings.append(f"{name} did not handle a good event")


@asynccontextmanager
async def storm(house: House, url: str, region: str) -> AsyncIterator[Storm]:
    """The house's consumers at work on this server, on streams of their own."""
    client = await nats.connect(url)
    jetstream = client.jetstream(timeout=60)
    wanted = topology(region)
    await provision(jetstream, wanted)
    durables = [Durable(name, events_stream(region), region) for name in wanted.consumers]
    # The copy of a peer's events, which is written to directly: links have tests of their own.
    feed = feed_stream(PEER)
    await jetstream.add_stream(StreamConfig(name=feed, subjects=[f"{PEER}.>"], allow_direct=True))
    runtimes = []
    for name, harness in house.services.items():
        consumer = harness.service.consumer
        if consumer is not None and consumer.types_abroad:
            filters = consumer.filter_subjects(PEER, abroad=True)
            await jetstream.add_consumer(feed, consumer_config(name, filters))
            durables.append(Durable(name, feed, PEER))
        runtimes.append(_runtime(harness, url))
    for runtime in runtimes:
        await runtime.start()
    try:
        yield Storm(house, url, region, client, jetstream, durables)
    finally:
        for runtime in runtimes:
            await runtime.stop()
        for stream in (events_stream(region), feed, "DLQ"):
            await jetstream.delete_stream(stream)
        await client.close()


def _runtime(harness: Any, url: str) -> EventRuntime:
    running = harness.app.state.service
    settings = harness.settings.model_copy(update={"nats_url": url})
    running.settings = settings
    runtime = EventRuntime(
        harness.service.name,
        harness.db,
        settings,
        consumer=harness.service.consumer,
        background=[partial(work, running) for work in harness.service.background],
        delays=DELAYS,
        poll=0.2,
        watch=0.5,
        stalled_after=3.0,
    )
    running.events = runtime
    return runtime
