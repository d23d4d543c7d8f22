"""Lets a test move the clock of a service that runs in a process of its own.

Python imports this file as it starts because the folder is on PYTHONPATH. The file MAILLAGE_FAULTS_CLOCK
names holds seconds to add to the system's clock, and may change while the service runs.
"""

import os
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


clock.use(moved)
