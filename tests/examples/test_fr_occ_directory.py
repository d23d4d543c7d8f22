"""The example region in TypeScript: its own tests, and the conformance kit as a stranger would run it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from maillage_conform.checks import GROUPS
from maillage_conform.checks.base import Status
from maillage_conform.plan import Plan
from maillage_conform.run import conform

EXAMPLE = Path(__file__).parents[2] / "examples" / "fr-occ-directory"


def npm(*words: str) -> None:
    ran = subprocess.run(
        ["npm", *words, "--prefix", str(EXAMPLE)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]


@pytest.fixture(scope="module")
def built() -> Path:
    """The example, its packages as the lock names them, compiled."""
    if shutil.which("npm") is None:
        pytest.skip("node is not on this machine: the example in TypeScript did not run")
    installed, lock = EXAMPLE / "node_modules" / ".package-lock.json", EXAMPLE / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm("ci", "--silent")
    npm("run", "--silent", "build")
    return EXAMPLE / "dist" / "src" / "main.js"


def test_its_own_tests_pass(built: Path) -> None:
    npm("test", "--silent")


async def test_it_conforms_in_everything(built: Path) -> None:
    command = f"exec node {built}"
    report = await conform(Plan("fr-occ", command=command, deadline=10, erasure_deadline=20, quiet=0.7))
    others = {result.check.id: result.seen for result in report.results if result.status is not Status.PASSED}
    assert others == {}
    assert len(report.results) == sum(len(group.checks) for group in GROUPS)
