"""One order after another into one service after another, and what goes wrong made as small as can be."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from maillage.events import Permanent
from maillage.testing.clock import START, TestClock

from tests.orders.copies import Rows, copies_of, differences
from tests.orders.judge import Found, judged
from tests.orders.messages import Order, Said, messages_of, misled
from tests.orders.orders import Late, in_order, smallest, some_late
from tests.orders.region import AWAY, HOME, PLACES, SERVICES, Place, Plan, Told, concerns, hand, regions
from tests.orders.story import Story


@dataclass
class Outcome:
    """What a service has at the end: its copies, and what it told people."""

    copies: Rows
    messages: list[Said] = field(default_factory=list)


@dataclass
class Recorded:
    """A story as told: its stream, what each service has at its end, what went wrong, calls refused."""

    stream: list[Told]
    outcomes: dict[Place, Outcome]
    wrong: list[str]
    refused: list[str]


class Search:
    """Plays the story and hands its stream over; `service_app` as the fixture of that name has it."""

    def __init__(self, service_app: Callable[..., Any], clock: TestClock) -> None:
        self._open, self._clock = service_app, clock

    async def told(self, plan: Plan | None = None) -> Recorded:
        """Play the story, each event handed over as `plan` says, and judge how the regions are left."""
        self._clock.set(START)
        async with regions(self._open, self._clock, plan or {}) as both:
            story = Story(both)
            await story.play()
            wrong = [*both.refused, *judged(await Found.of(both))]
            outcomes = {place: await _outcome(place, harness) for place, harness in both.members.items()}
        return Recorded(both.stream, outcomes, wrong, story.refused)

    async def handed(self, place: Place, events: Sequence[Told], *, replayed: bool = False) -> Outcome:
        """What a new service has of these events, handed over in this order."""
        region, name = place
        peer = AWAY if region == HOME else HOME
        self._clock.set(START)
        async with self._open(
            SERVICES[name], region=region, peer_regions=[peer], log_level="error"
        ) as harness:
            for told in events:
                self._clock.set(max(self._clock.now() + timedelta(milliseconds=1), told.time))
                try:
                    await hand(harness, told, replayed=replayed)
                except Permanent:
                    continue
            return await _outcome(place, harness)

    async def wrong_with(
        self, place: Place, events: Sequence[Told], true: Outcome, late: Sequence[Late]
    ) -> list[str]:
        """What an order leads to that the true one does not."""
        order = in_order(events, late)
        got = await self.handed(place, order)
        # Whose tokens had ended is not noted when heard of only after the longest life of a token.
        gone = [key for key in true.copies if key.startswith("ended_tokens") and key not in got.copies]
        kept = {key: row for key, row in true.copies.items() if key not in gone}
        wrong = differences(kept, got.copies)
        return wrong + list(misled(true.messages, got.messages, got.copies, Order(order)))

    async def shrunk(
        self, place: Place, events: Sequence[Told], true: Outcome, late: tuple[Late, ...], wrong: str
    ) -> str:
        """The smallest order that leads to the same, in words."""

        async def fails(fewer: tuple[Late, ...]) -> bool:
            return wrong in await self.wrong_with(place, events, true, fewer)

        few = await smallest(late, fails)
        moved = [f"  {events[each.place]} comes {each.by} events late" for each in few]
        return "\n".join([f"{'/'.join(place)}: {wrong}", *moved])

    async def held(self, seed: int) -> list[str]:
        """What goes wrong when the story itself is played with events held back."""
        recorded = await self.told(some_plan(seed))
        wrong = list(recorded.wrong)
        for place in PLACES:
            # Whose tokens had ended is not kept for longer than a token lives.
            rebuilt = await self.handed(place, read_by(place, recorded.stream), replayed=True)
            live = recorded.outcomes[place].copies
            kept = [each for each in differences(rebuilt.copies, live) if not each.startswith("ended_tokens")]
            wrong += [f"{'/'.join(place)} against its rebuild: {each}" for each in kept]
        return wrong


def read_by(place: Place, stream: Sequence[Told]) -> list[Told]:
    """What of the stream is given to a service."""
    return [told for told in stream if concerns(place, told)]


def told_to(place: Place, stream: Sequence[Told]) -> list[Told]:
    """What others tell a service. A new one has no rows of its own that its own events could speak of."""
    return [
        told
        for told in read_by(place, stream)
        if not (told.region == place[0] and told.type.startswith(f"{place[1]}."))
    ]


def order_of(place: Place, seed: int, count: int) -> tuple[Late, ...]:
    """The order that a seed makes for a service."""
    return some_late(random.Random(f"{seed} {place}"), count)


def some_plan(seed: int) -> Plan:
    """Events held back while the story is played: few or many, for short or long."""
    dice = random.Random(f"{seed} plan")
    share, reach = dice.choice((0.02, 0.1, 0.3, 0.6)), dice.choice((3, 10, 40, 1000))
    numbers = range(400)
    return {
        (place, number): dice.randint(1, reach)
        for place in PLACES
        for number in numbers
        if dice.random() < share
    }


async def _outcome(place: Place, harness: Any) -> Outcome:
    name = place[1]
    messages = await messages_of(harness) if name == "notifications" else []
    return Outcome(await copies_of(name, harness), messages)
