"""Bells: whoever waits for new messages (mail delivery, open inbox streams) is woken when they are committed.

A bell carries nothing and may ring for nothing; what there is to do is always read from the database, which
is also looked at without any ringing. So a bell not heard, in another process, costs a second or two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession


class Bell:
    """Wakes every listener."""

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
        for heard in self._listeners:
            heard.set()


bell = Bell()
"""Rung by every transaction of this process that wrote messages."""


def ring_at_commit(session: AsyncSession) -> None:
    """Ring when `session`'s transaction commits (also when one of its savepoints does, which is harmless)."""
    if session.info.setdefault("rings", False):
        return
    session.info["rings"] = True
    event.listen(session.sync_session, "after_commit", lambda _session: bell.ring())


async def wait(heard: asyncio.Event, seconds: float) -> None:
    """Return at the next ringing, or after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await heard.wait()
    except TimeoutError:
        pass
    heard.clear()
