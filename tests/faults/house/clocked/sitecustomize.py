"""Lets a test move the clock of a service that runs in a process of its own, and see what it is doing.

Python imports this file as it starts because the folder is on PYTHONPATH. The file MAILLAGE_FAULTS_CLOCK
names holds seconds to add to the system's clock, and may change while the service runs. On SIGUSR2 the
service's log gets the stack of each of its tasks: of a house that does not come to rest, who waits for what.
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from maillage import clock

PLACE = Path(os.environ["MAILLAGE_FAULTS_CLOCK"])


def moved() -> datetime:
    """The system's time and what the test adds to it."""
    try:
        added = float(PLACE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        added = 0.0
    return datetime.now(UTC) + timedelta(seconds=added)


def say_what_you_do(_number: int, _frame: object) -> None:
    """Write the stack of every task."""
    for task in list(asyncio.tasks._all_tasks):  # type: ignore[attr-defined]
        if not task.done():
            task.print_stack(file=sys.stderr)
    sys.stderr.flush()


clock.use(moved)
signal.signal(signal.SIGUSR2, say_what_you_do)
