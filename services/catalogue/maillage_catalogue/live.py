"""Wakes those who wait for new events; what is new is always read from the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """Wakes every listener. It carries nothing and may ring for nothing.

    A ringing in another replica is not heard here, so listeners also look by themselves.
    """

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """An event of one's own, set at each ringing; the listener clears it."""
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


bell = Bell()
"""Rung by the reader of this process after each batch it has noted."""


async def wait(heard: asyncio.Event, seconds: float) -> None:
    """Return at the next ringing, or after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await heard.wait()
    except TimeoutError:
        pass
    heard.clear()
