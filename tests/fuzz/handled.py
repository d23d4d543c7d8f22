"""Events through the services' handlers without a server: thousands where the real way takes hundreds.

What a handler raises unforeseen would be tried again for minutes: here it is a finding. `bus.py` is the way
with the server; this one is for the handlers and what they keep.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from maillage.events.handling import Handling, Verdict
from opentelemetry import trace

from tests.fuzz.house import PEER
from tests.fuzz.loop import PATIENCE_SECONDS
from tests.fuzz.messages import Author, Sent
from tests.fuzz.seed import Seeded

# A fact that contradicts what is known (IntegrityError) is tried again, for what it needs may be on its way;
# in the end it is quarantined with that reason, and more cannot be done with an event made up at random.
FORESEEN = ("Permanent: ", "Undecodable: ", "Malformed: ", "IntegrityError at ")


@dataclass
class Handled:
    """The consumers of one house; `findings` counts what was not foreseen, by where it happened."""

    region: Seeded
    findings: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._consumers: list[tuple[str, Handling, tuple[str, ...]]] = []
        for name, harness in self.region.house.services.items():
            consumer, home = harness.service.consumer, harness.settings.region
            for origin in (home, PEER) if consumer else ():
                filters = consumer.filter_subjects(origin, abroad=origin != home)
                stems = tuple(each.removesuffix("*") for each in filters)
                tracer = trace.get_tracer("fuzz")
                handling = Handling(consumer, harness.db, harness.settings, tracer, (), origin=origin)
                if stems:
                    self._consumers.append((name, handling, stems))

    def author(self, origin: str, chance: random.Random) -> Author:
        """Writes what the consumers here are given of a region."""
        home = self.region.house.services["events"].settings.region
        consumers = [each.service.consumer for each in self.region.house.services.values()]
        types = {
            kind
            for consumer in consumers
            if consumer is not None
            for kind in (consumer.types if origin == home else consumer.types_abroad)
        }
        return Author(origin, chance, self.region.known, sorted(types))

    async def take_all(self, messages: Iterable[tuple[Sent, int]]) -> None:
        """Each in turn, with its place in the stream."""
        for message, number in messages:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.take(message, number)

    async def take(self, message: Sent, number: int) -> None:
        """Give a message to everyone whose filter it matches, as the stream would."""
        given: Any = SimpleNamespace(
            subject=message.subject,
            headers=None if message.headers is None else dict(message.headers),
            data=message.body,
            metadata=SimpleNamespace(num_delivered=1, sequence=SimpleNamespace(stream=number)),
        )
        for name, handling, stems in self._consumers:
            if message.subject.startswith(stems) and message.subject.count(".") == 5:
                (verdict,) = await handling.handle([given])
                self._note(name, message, verdict)

    def _note(self, name: str, message: Sent, verdict: Verdict) -> None:
        self.outcomes[verdict.outcome] += 1
        if verdict.outcome != "dead" or (verdict.dead or "").startswith(FORESEEN):
            return
        reason = f"{name}: {verdict.dead or 'quarantined without a reason'}"
        self.findings[reason] += 1
        self.examples.setdefault(reason, f"{message.deed} {message.subject} {message.body[:600]!r}")
