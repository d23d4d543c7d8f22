"""The five services in process on seeded databases, and their events carried from one to the other by hand.

No bus is needed for that: what a service recorded in its journal goes through the others' consumers as the
stream would bring it. So a region of a few people, with a seminar and mentorships, stands in seconds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from maillage.events.envelope import headers_of, subject_for
from maillage.events.journal import Entry
from maillage.events.streams import events_stream
from maillage.service import Service
from maillage.testing.clock import TestClock
from maillage.testing.databases import Databases, Dialect
from maillage.testing.harness import Recorded, ServiceHarness, started
from maillage.testing.tokens import TokenFactory
from maillage_catalogue import reader
from maillage_catalogue.bus import Stored

from tests.contracts.installed import SERVICES

ORDER = ("directory", "events", "mentoring", "notifications", "catalogue")
PEER = "fr-occ"
# A fuzzer is one caller that never rests: the quotas have tests of their own.
UNLIMITED = dict.fromkeys(
    ("rate_limit_person", "rate_limit_program", "rate_limit_anonymous", "rate_limit_sign_in"), ""
)


class House:
    """The started services by name, and the tokens they accept."""

    def __init__(self, services: dict[str, ServiceHarness], tokens: TokenFactory) -> None:
        self.services = services
        self.tokens = tokens
        self._carried = dict.fromkeys(services, 0)

    async def carry(self) -> None:
        """Bring every event recorded since to those who consume it, until nothing new comes of it."""
        moved = True
        while moved:
            moved = False
            for name, harness in self.services.items():
                news = (await harness.recorded())[self._carried[name] :]
                self._carried[name] += len(news)
                moved = moved or bool(news)
                for event in news:
                    await self._bring(event)
                await self._observe(harness, news)

    async def _bring(self, event: Recorded) -> None:
        for harness in self.services.values():
            consumer = harness.service.consumer
            if consumer is not None and consumer.handlers(event.type):
                await harness.hear(event)

    async def _observe(self, origin: ServiceHarness, news: list[Recorded]) -> None:
        """The catalogue sees what passes by on the stream."""
        catalogue = self.services["catalogue"]
        region = catalogue.settings.region
        stored = []
        for number, event in enumerate(news, self._carried[origin.service.name] * 10):
            entry = entry_of(event)
            subject, headers = subject_for(entry, region), headers_of(entry, region)
            stored.append(Stored(number, subject, event.time, headers, b"{}"))
        if stored:
            async with catalogue.db.write() as session:
                await reader.note(session, events_stream(region), region, stored)

    async def abroad(self, event_type: str, data: dict[str, Any]) -> None:
        """Something that the linked region says, brought to those who listen to it."""
        for harness in self.services.values():
            consumer = harness.service.consumer
            if consumer is not None and consumer.handlers(f"fr.maillage.{event_type}", abroad=True):
                await harness.deliver(event_type, data, region=PEER, sequence=1)


def entry_of(event: Recorded) -> Entry:
    """The journal's row of an event, as the relay reads it."""
    entry = Entry()
    for name in ("event_id", "type", "entity_id", "sequence", "time", "correlation_id", "causation_id"):
        setattr(entry, name, getattr(event, name))
    entry.traceparent = None
    return entry


@asynccontextmanager
async def running(
    databases: Databases, dialect: Dialect, folder: Path, **settings: Any
) -> AsyncIterator[House]:
    """Every service, started on an empty database of its own."""
    tokens = TokenFactory()
    async with AsyncExitStack() as stack:
        services = {}
        for name in ORDER:
            service: Service = SERVICES[name]
            opened = started(
                service,
                databases=databases,
                dialect=dialect,
                clock=TestClock(),  # not used: these services live in real time
                tokens=tokens,
                folder=folder / name,
                peer_regions=[PEER],
                log_level="error",
                **UNLIMITED,
                **settings,
            )
            services[name] = await stack.enter_async_context(opened)
        yield House(services, tokens)
