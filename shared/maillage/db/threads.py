"""The threads of SQLite's connections, none of which is to outlive the loop that it answers to.

Whoever is cancelled as it opens a connection, or gives one up that is still at work, does not wait for its
thread. That one answers later; is the loop closed by then, the thread falls over its answer.
"""

from __future__ import annotations

import asyncio
import time
from threading import Thread
from typing import Any
from weakref import ReferenceType, ref

import aiosqlite

PATIENCE = 10.0
"""Seconds that a thread which was told to end is waited for: longer than a statement waits for a lock."""


class Threads:
    """Those of one engine's connections."""

    def __init__(self) -> None:
        self._known: dict[Thread, ReferenceType[aiosqlite.Connection]] = {}

    def connection(self, *where: Any, **how: Any) -> aiosqlite.Connection:
        """What `aiosqlite.connect` gives, to be awaited; its thread keeps no process alive."""
        connection = aiosqlite.connect(*where, **how)
        connection._thread.daemon = True
        self._known = {
            thread: known for thread, known in self._known.items() if thread.is_alive() or not thread.ident
        }
        self._known[connection._thread] = ref(connection)
        return connection

    async def ended(self) -> None:
        """Return when every thread whose connection was closed or given up has ended."""
        deadline = time.monotonic() + PATIENCE
        while self._ending() and time.monotonic() < deadline:  # noqa: ASYNC110  (a thread sets no event as it ends)
            await asyncio.sleep(0.001)

    def _ending(self) -> bool:
        return any(thread.is_alive() and _is_told(known()) for thread, known in self._known.items())


def _is_told(connection: aiosqlite.Connection | None) -> bool:
    """Whether the thread of this connection, or of one that is no more, was told to end."""
    return connection is None or not connection._running
