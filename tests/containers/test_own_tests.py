"""Every service's own tests, and the kit's on events, on the images of PostgreSQL and NATS that are deployed.

A part of each, so that the whole stays short: what runs on PostgreSQL. What runs on SQLite has nothing to
gain from an image. As many suites run at once as there are processors, each with servers of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The longest first, so that the processors end together.
SUITES = (
    "services/directory/tests",
    "shared/tests/events",
    "services/events/tests",
    "services/notifications/tests",
    "services/mentoring/tests",
    "services/catalogue/tests",
)
AT_ONCE = min(os.cpu_count() or 1, 4)
Ran = subprocess.CompletedProcess[str]


def run(suite: str) -> Ran:
    told = {"MAILLAGE_TEST_POSTGRES": "containers", "MAILLAGE_TEST_NATS": "containers"}
    images = {"MAILLAGE_TEST_POSTGRES_IMAGE": "POSTGRES_IMAGE", "MAILLAGE_TEST_NATS_IMAGE": "NATS_IMAGE"}
    told |= {ours: os.environ[theirs] for ours, theirs in images.items() if theirs in os.environ}
    alone = ("-p", "no:xdist", "-p", "no:cacheprovider")
    return subprocess.run(
        [sys.executable, "-m", "pytest", suite, "-q", "-x", *alone, "-k", "postgresql"],
        cwd=ROOT, env={**os.environ, **told, "MAILLAGE_REQUIRE_POSTGRES": "1"},
        capture_output=True, text=True, check=False, timeout=850,
    )  # fmt: skip


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, checkout: Path) -> Iterator[dict[str, Future[Ran]]]:
    """What is still to be said of each suite that was asked for."""
    items = [item for item in request.session.items if item.path == Path(__file__)]
    wanted = [suite for suite in SUITES if any(f"[{suite}]" in item.name for item in items)]
    pool = ThreadPoolExecutor(AT_ONCE)
    yield {suite: pool.submit(run, suite) for suite in wanted}
    pool.shutdown(cancel_futures=True)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("suite", SUITES)
def test_own_tests_pass_on_the_deployed_images(suite: str, running: dict[str, Future[Ran]]) -> None:
    ran = running[suite].result()
    assert ran.returncode == 0, ran.stdout[-6000:]
    assert " passed" in ran.stdout.splitlines()[-1]
