"""The example region in Python with the kit conforms, but for what only a seminar can show."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from maillage.testing.processes import free_port
from maillage_conform.checks import GROUPS
from maillage_conform.checks.base import NO_SEMINAR, Status
from maillage_conform.plan import Plan
from maillage_conform.run import conform

EXAMPLE = Path(__file__).parents[2] / "examples" / "fr-occ-kit"
SAYS_NOTHING_BY_ITSELF = "restart.stable-ids"


@pytest.mark.timeout(900)
async def test_it_conforms_in_what_it_does() -> None:
    database = f"MAILLAGE_PORT={free_port()} MAILLAGE_DATABASE_URL=sqlite:///$MAILLAGE_DATA_DIR/occ.db"
    command = f"cd {EXAMPLE} && exec env {database} {sys.executable} -m maillage_occ serve"
    # What the kit does with poison has tests of its own; here it would take most of the time.
    only = frozenset(group.name for group in GROUPS if group.name != "poison")
    plan = Plan("fr-occ", command=command, deadline=60, erasure_deadline=60, quiet=0.4, only=only)
    report = await conform(plan)
    failed = {each.check.id: each.seen for each in report.results if each.status is Status.FAILED}
    assert failed == {}, report.last_words
    skipped = [each for each in report.results if each.status is Status.NOT_CHECKED]
    assert {each.check.id for each in skipped if each.seen != NO_SEMINAR} == {SAYS_NOTHING_BY_ITSELF}
