"""Every service's own tests, and the kit's on events, on the images of PostgreSQL and NATS that are deployed.

A part of each, so that the whole stays short: what runs on PostgreSQL. What runs on SQLite has nothing to
gain from an image.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITES = (
    "services/directory/tests",
    "services/events/tests",
    "services/mentoring/tests",
    "services/notifications/tests",
    "services/catalogue/tests",
    "shared/tests/events",
)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("suite", SUITES)
def test_own_tests_pass_on_the_deployed_images(suite: str, checkout: Path) -> None:
    told = {"MAILLAGE_TEST_POSTGRES": "containers", "MAILLAGE_TEST_NATS": "containers"}
    images = {"MAILLAGE_TEST_POSTGRES_IMAGE": "POSTGRES_IMAGE", "MAILLAGE_TEST_NATS_IMAGE": "NATS_IMAGE"}
    told |= {ours: os.environ[theirs] for ours, theirs in images.items() if theirs in os.environ}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", suite, "-q", "-x", "-p", "no:xdist", "-k", "postgresql"],
        cwd=ROOT, env={**os.environ, **told, "MAILLAGE_REQUIRE_POSTGRES": "1"},
        capture_output=True, text=True, check=False, timeout=850,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-6000:]
    assert " passed" in ran.stdout.splitlines()[-1]
