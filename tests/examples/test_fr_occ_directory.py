"""The example region in TypeScript: its own tests, and the conformance kit as a stranger would run it."""

from __future__ import annotations

from maillage_conform.checks import GROUPS
from maillage_conform.checks.base import Status
from maillage_conform.plan import Plan
from maillage_conform.run import conform

from tests.support.example import compiled, npm


def test_its_own_tests_pass() -> None:
    compiled()
    npm("test", "--silent")


async def test_it_conforms_in_everything() -> None:
    command = f"exec node {compiled() / 'main.js'}"
    report = await conform(Plan("fr-occ", command=command, deadline=10, erasure_deadline=20, quiet=0.5))
    others = {result.check.id: result.seen for result in report.results if result.status is not Status.PASSED}
    assert others == {}, report.last_words
    assert len(report.results) == sum(len(group.checks) for group in GROUPS)
