"""The example region in TypeScript, installed as its lock says and compiled."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "fr-occ-directory"


def npm(*words: str) -> None:
    """Run npm in the example; fails with what it said."""
    ran = subprocess.run(
        ["npm", *words, "--prefix", str(EXAMPLE)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]


def compiled() -> Path:
    """The folder of the compiled programs; skips the test where there is no node."""
    if shutil.which("npm") is None:
        pytest.skip("node is not on this machine: the example in TypeScript did not run")
    installed, lock = EXAMPLE / "node_modules" / ".package-lock.json", EXAMPLE / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm("ci", "--silent")
    npm("run", "--silent", "build")
    return EXAMPLE / "dist" / "src"
