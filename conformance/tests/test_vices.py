"""The good service passes everything; a bad one fails the check that is about its vice, and that one only."""

from __future__ import annotations

import pytest
from maillage_conform.checks.base import Result, Status
from maillage_conform.run import Report

from conformance.tests.conftest import CHECKS, NONE

pytestmark = pytest.mark.timeout(900)  # thirty services are run before the first

SEEN_ELSEWHERE = {
    "order.older-fact",
    "erasure.silent-after",
    "erasure.copies-gone",
    "erasure.stays-erased",
    "permissions.attempts",
    "permissions.publish",
    "permissions.read",
}
"""What can be well, and be seen to be, with a service that says nothing at all."""


def failed(report: Report) -> list[Result]:
    return [result for result in report.results if result.status is Status.FAILED]


def test_the_good_service_passes_everything(reports: dict[str, Report]) -> None:
    report = reports[NONE]
    assert [
        (result.check.id, result.seen) for result in report.results if result.status is not Status.PASSED
    ] == []
    assert [result.check.id for result in report.results] == CHECKS
    assert report.exit_status == 0


@pytest.mark.parametrize("vice", [check for check in CHECKS if check != "envelope.speaks"])
def test_a_vice_fails_its_own_check_and_no_other(vice: str, reports: dict[str, Report]) -> None:
    report = reports[vice]
    assert {result.check.id: result.seen for result in failed(report)}.keys() == {vice}, failed(report)
    assert report.exit_status == 1


def test_silence_is_never_a_pass(reports: dict[str, Report]) -> None:
    report = reports["envelope.speaks"]
    assert "envelope.speaks" in {result.check.id for result in failed(report)}
    passed = {result.check.id for result in report.results if result.status is Status.PASSED}
    assert passed <= SEEN_ELSEWHERE
