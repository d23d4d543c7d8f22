"""The example region in TypeScript: its own tests, and the conformance kit as a stranger would run it."""

from __future__ import annotations

import subprocess

import pytest
from maillage_conform.checks import GROUPS
from maillage_conform.checks.base import Status
from maillage_conform.plan import Plan
from maillage_conform.run import conform

from tests.support.example import compiled

pytestmark = pytest.mark.timeout(900)


def test_its_own_tests_pass() -> None:
    tests = sorted(map(str, (compiled().parent / "test").glob("*.test.js")))
    assert tests, "there is nothing to run"
    # Not by `npm test`, which compiles again what other tests are running.
    ran = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:]


async def test_it_conforms_in_everything() -> None:
    command = f"exec node {compiled() / 'main.js'}"
    report = await conform(Plan("fr-occ", command=command, deadline=60, erasure_deadline=60, quiet=0.5))
    others = {result.check.id: result.seen for result in report.results if result.status is not Status.PASSED}
    assert others == {}, report.last_words
    assert len(report.results) == sum(len(group.checks) for group in GROUPS)
