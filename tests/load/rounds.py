"""Rounds taken in turn, so that whatever else the machine does falls on both sides alike."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import quantiles

Side = Callable[[], Awaitable[float]]


async def interleave(rounds: int, **sides: Side) -> dict[str, list[float]]:
    """A B, B A, A B, …: what each side gave in each round. Every other round begins with the last side."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        order = list(sides.items())
        for name, measure in order if number % 2 == 0 else reversed(order):
            found[name].append(await measure())
    return found


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    """How long `work` takes."""
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


def percentile(values: Sequence[float], of: int) -> float:
    """The `of`th percentile, interpolated; the only value when there is one."""
    return quantiles(values, n=100, method="inclusive")[of - 1] if len(values) > 1 else values[0]
