"""Events through the services' handlers without a server: thousands where the real way takes hundreds.

What a handler raises unforeseen would be tried again for minutes: here it is a finding. `bus.py` is the way
with the server; this one is for the handlers and what they keep.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
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
# A name longer than any that the directory takes is one that PostgreSQL refuses, and SQLite keeps.
FORESEEN = ("Permanent: ", "Undecodable: ", "Malformed: ", "Unfit: ", "IntegrityError at ")


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

    async def take_all(self, messages: list[tuple[Sent, int]], at_once: int) -> None:
        """Give them, each with its place in the stream, to everyone whose filter it matches; `at_once` of
        them in one transaction, as a consumer that has fallen behind takes them.
        """
        for name, handling, stems in self._consumers:
            own = [
                (sent, as_received(sent, number))
                for sent, number in messages
                if sent.subject.startswith(stems) and sent.subject.count(".") == 5
            ]
            for start in range(0, len(own), at_once):
                batch = own[start : start + at_once]
                async with asyncio.timeout(PATIENCE_SECONDS):
                    verdicts = await handling.handle([received for _, received in batch])
                for (sent, _), verdict in zip(batch, verdicts, strict=True):
                    self._note(name, sent, verdict)

    def _note(self, name: str, message: Sent, verdict: Verdict) -> None:
        self.outcomes[verdict.outcome] += 1
        if verdict.outcome != "dead" or (verdict.dead or "").startswith(FORESEEN):
            return
        reason = f"{name}: {verdict.dead or 'quarantined without a reason'}"
        self.findings[reason] += 1
        self.examples.setdefault(reason, f"{message.deed} {message.subject} {message.body[:600]!r}")


def as_received(sent: Sent, number: int) -> Any:
    """The message as the client library hands it over the first time, at that place of its stream."""
    return SimpleNamespace(
        subject=sent.subject,
        headers=None if sent.headers is None else dict(sent.headers),
        data=sent.body,
        metadata=SimpleNamespace(num_delivered=1, sequence=SimpleNamespace(stream=number)),
    )
