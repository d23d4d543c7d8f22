"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any


def stop_if_cancelled() -> None:
    """Raise CancelledError when this task has been asked to end, even if something on the way ignored it.

    `asyncio.wait_for` of Python 3.11, which the NATS client uses throughout, returns normally when it is
    cancelled in the very moment its result arrives. A loop that calls this at each turn ends all the same.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def unless_astray(work: Awaitable[None]) -> None:
    """Await `work`; a CancelledError that nobody asked this task for becomes a RuntimeError, to be noticed.

    `asyncio.timeout` may leave one behind when it expires in the very moment its block ends.
    """
    try:
        await work
    except asyncio.CancelledError:
        stop_if_cancelled()
        raise RuntimeError("a cancellation went astray") from None


async def end(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancel what still runs and wait until it has ended.

    Once only: a second cancellation while SQLAlchemy closes a cancelled SQLite connection leaves it hanging.
    """
    for task in tasks:
        if not task.done():
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
