"""Bells: whoever waits for something new in the database is woken when it has been committed.

A bell carries nothing and may ring for nothing; what there is to do is always read from the database. It is
not heard in another process, so listeners also look by themselves: a ringing missed costs their patience.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """Wakes every listener."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """An event of one's own, set at each ringing; `wait` clears it."""
        heard = asyncio.Event()
        self._listeners.add(heard)
        try:
            yield heard
        finally:
            self._listeners.discard(heard)

    def ring(self) -> None:
        """Wake them all."""
        for heard in self._listeners:
            heard.set()


async def wait(heard: asyncio.Event, seconds: float) -> None:
    """Return at the next ringing, or after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await heard.wait()
    except TimeoutError:
        pass
    heard.clear()
