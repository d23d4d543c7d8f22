"""Two linked regions in this process, without a bus: every event is handed to its consumers by hand.

The services are the product's, on databases of their own; what they publish is read from their journals,
and handed to each consumer when its plan says so. With no plan that is at once: the true order, as recorded.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import maillage_directory.erasing
import maillage_events.erasing
import maillage_mentoring.erasing
import maillage_notifications.erasing
from maillage.events import Permanent
from maillage.events.event import TYPE_PREFIX, full_type, public_types
from maillage.service import Service
from maillage.testing.clock import TestClock
from maillage.testing.harness import Recorded, ServiceHarness
from maillage_directory.app import service as directory
from maillage_events.app import service as events
from maillage_mentoring.app import service as mentoring
from maillage_notifications.app import service as notifications

HOME, AWAY = "fr-pac", "fr-occ"
SERVICES: dict[str, Service] = {each.name: each for each in (directory, events, mentoring, notifications)}
PUBLIC = frozenset(public_types(event for service in SERVICES.values() for event in service.published))
ServiceApp = Callable[..., Any]
Place = tuple[str, str]
"""A region, and the name of a service of it."""
PLACES: tuple[Place, ...] = (
    (HOME, "directory"), (HOME, "events"), (HOME, "mentoring"), (HOME, "notifications"),
    (AWAY, "directory"), (AWAY, "events"),
)  # fmt: skip
TRIES = 4


@dataclass(frozen=True)
class Told(Recorded):
    """An event as its publisher's journal has it; `number`: its place among all of both regions."""

    number: int
    region: str

    def __str__(self) -> str:
        return f"#{self.number} {self.region} {self.type} {self.entity_id[-4:]} v{self.sequence}"


def concerns(place: Place, told: Told) -> bool:
    """Whether that service is given this event: it has a handler, and what crosses the link is public."""
    region, name = place
    consumer = SERVICES[name].consumer
    abroad = told.region != region
    if consumer is None or (abroad and told.type not in PUBLIC):
        return False
    return bool(consumer.handlers(full_type(told.type), abroad=abroad))


async def hand(harness: ServiceHarness, told: Told, *, replayed: bool = False) -> None:
    """Give an event to a service as its consumer would."""
    await harness.hear(told, region=told.region, replayed=replayed)


@dataclass
class Waiting:
    """An event on its way to a service: handed over once so many have been told."""

    due: int
    told: Told
    tries: int = 0


Plan = dict[tuple[Place, int], int]
"""By service and number: after how many further events this one is handed over. Left out: at once."""


@dataclass
class Regions:
    """Both regions: `stream` is what was told, `refused` what a service could not handle, and why."""

    members: dict[Place, ServiceHarness]
    clock: TestClock
    plan: Plan = field(default_factory=dict)
    stream: list[Told] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    handed: list[tuple[Place, Told]] = field(default_factory=list)
    _read: dict[Place, int] = field(default_factory=dict)
    _waiting: dict[Place, list[Waiting]] = field(default_factory=dict)

    async def settle(self) -> None:
        """Hand over what is due until nobody has anything new to tell."""
        while await self._round(len(self.stream)):
            pass

    async def finish(self) -> None:
        """The end of the story: nothing is held back any more, and everybody erased is confirmed."""
        while await self._round(2**31) or await self._confirm():
            pass

    async def later(self, **units: Any) -> None:
        """Time passes, and every deadline by then with it."""
        self.clock.advance(**units)
        for harness in self.members.values():
            await harness.fire_timers()
        await self.settle()

    async def _round(self, now: int) -> bool:
        await self._collect()
        busy = False
        for place, waiting in self._waiting.items():
            due = [each for each in waiting if each.due <= max(now, len(self.stream))]
            self._waiting[place] = [each for each in waiting if each not in due]
            for each in sorted(due, key=lambda one: (one.due, one.told.number)):
                await self._hand(place, each)
            busy = busy or bool(due)
        await self._collect()
        return busy

    async def _hand(self, place: Place, each: Waiting) -> None:
        self.clock.advance(milliseconds=1)
        try:
            await hand(self.members[place], each.told)
            self.handed.append((place, each.told))
        except Permanent as reason:
            self.refused.append(f"{place} {each.told}: {reason}")
        except Exception as reason:  # noqa: BLE001  # as the consumer does: it is tried again, then put aside
            if each.tries == TRIES:
                self.refused.append(f"{place} {each.told}: {reason!r}")
            else:
                self._waiting[place].append(Waiting(len(self.stream) + 1, each.told, each.tries + 1))

    async def _collect(self) -> None:
        for place, harness in self.members.items():
            recorded = await harness.recorded()
            for each in recorded[self._read.get(place, 0) :]:
                short = each.type.removeprefix(TYPE_PREFIX)
                facts = {**vars(each), "type": short}
                told = Told(**facts, number=len(self.stream), region=place[0])
                self.stream.append(told)
                for reader in self.members:
                    if concerns(reader, told):
                        due = told.number + self.plan.get((reader, told.number), 0)
                        self._waiting.setdefault(reader, []).append(Waiting(due, told))
            self._read[place] = len(recorded)

    async def _confirm(self) -> bool:
        confirmed = 0
        for (_, name), harness in self.members.items():
            confirmed += await confirm_erasures(name, harness)
        return bool(confirmed)


async def confirm_erasures(name: str, harness: ServiceHarness) -> int:
    """One look of a service's leader for erasures to confirm; how many it confirmed."""
    running = harness.app.state.service
    if name == "directory":
        return await maillage_directory.erasing.erase_neighbours_pass(running)
    of: Any = {
        "events": maillage_events, "mentoring": maillage_mentoring, "notifications": maillage_notifications,
    }[name]  # fmt: skip
    return int(await of.erasing.erasures.one_pass(running))


@asynccontextmanager
async def regions(service_app: ServiceApp, clock: TestClock, plan: Plan) -> AsyncIterator[Regions]:
    """Both regions, started and empty."""
    async with AsyncExitStack() as stack:
        members = {}
        for region, name in PLACES:
            peer = AWAY if region == HOME else HOME
            opened = service_app(SERVICES[name], region=region, peer_regions=[peer], log_level="error")
            members[region, name] = await stack.enter_async_context(opened)
        yield Regions(members, clock, plan)
