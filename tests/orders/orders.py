"""Orders in which events may be handled: the true one with some moved back, and some handled twice.

A consumer that failed tries an event again after those that came meanwhile: so an order is the true one with
`Late` events, each handed over only after so many of those that follow it. Two swapped are one late by one,
one held back to the end is late by all; an event said twice is handled a second time later.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
LAST = 10**6


@dataclass(frozen=True, order=True)
class Late:
    """The event at `place` in the true order is handled after `by` more; `twice`: also at its time."""

    place: int
    by: int
    twice: bool = False


def some_late(dice: random.Random, count: int) -> tuple[Late, ...]:
    """An order of `count` events: few or many late, by little or by much."""
    share = dice.choice((0.01, 0.03, 0.1, 0.3, 1.0))
    reach = dice.choice((1, 3, 10, 50, LAST))
    late = []
    for place in range(count):
        if dice.random() < share:
            by = reach if reach == LAST and dice.random() < 0.5 else dice.randint(1, min(reach, count))
            late.append(Late(place, by, twice=dice.random() < 0.2))
    return tuple(late)


def in_order(events: Sequence[T], late: Sequence[Late]) -> list[T]:
    """The events as that order hands them over."""
    of = {each.place: each for each in late}
    keyed = []
    for place, event in enumerate(events):
        moved = of.get(place)
        if moved is None or moved.twice:
            keyed.append(((place, 0, place), event))
        if moved is not None:
            keyed.append(((place + moved.by, 1, place), event))
    return [event for _, event in sorted(keyed, key=lambda pair: pair[0])]


async def smallest(
    late: tuple[Late, ...], fails: Callable[[tuple[Late, ...]], Awaitable[bool]]
) -> tuple[Late, ...]:
    """The fewest of these late events that still fail together, each as little late as can be (ddmin)."""
    parts = 2
    while len(late) > 1:
        size = -(-len(late) // parts)
        pieces = [late[start : start + size] for start in range(0, len(late), size)]
        rests = [tuple(each for other in pieces if other is not piece for each in other) for piece in pieces]
        for candidate, then in [(piece, 2) for piece in pieces] + [
            (rest, max(parts - 1, 2)) for rest in rests
        ]:
            if len(candidate) < len(late) and await fails(candidate):
                late, parts = candidate, then
                break
        else:
            if parts >= len(late):
                break
            parts = min(len(late), parts * 2)
    return await _sooner(late, fails)


async def _sooner(
    late: tuple[Late, ...], fails: Callable[[tuple[Late, ...]], Awaitable[bool]]
) -> tuple[Late, ...]:
    for place, each in enumerate(late):
        for by in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89):
            less = (*late[:place], Late(each.place, by), *late[place + 1 :])
            if by < each.by and await fails(less):
                late = less
                break
    return late
