"""A replica of this version works on while the database already has the next version's tables.

The services' own tests of their main work, on databases to which a later revision has added columns, a table
and its number: what `MAILLAGE_TEST_SCHEMA=ahead make test PYTEST=services` does with all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAIN_WORK = (
    "services/directory/tests/test_positions.py",
    "services/events/tests/test_registrations.py",
    "services/mentoring/tests/test_arrival.py",
    "services/notifications/tests/test_arrival.py",
)


@pytest.mark.timeout(900)
def test_every_service_does_its_main_work_on_the_schema_of_the_next_version() -> None:
    command = [sys.executable, "-m", "pytest", *MAIN_WORK, "-q", "-x", "-p", "no:xdist", "-k", "sqlite"]
    told = {**os.environ, "MAILLAGE_TEST_SCHEMA": "ahead"}
    ran = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:]
