"""Ending tasks for certain."""

from __future__ import annotations

import asyncio


def stop_if_cancelled() -> None:
    """Raise CancelledError when this task has been asked to end, even if something on the way ignored it.

    `asyncio.wait_for` of Python 3.11, which the NATS client uses throughout, returns normally when it is
    cancelled in the very moment its result arrives. A loop that calls this at each turn ends all the same.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
