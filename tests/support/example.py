"""The example region in TypeScript, installed as its lock says and compiled; two tests at once do it once."""

from __future__ import annotations

import fcntl
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
    lock = EXAMPLE / "package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not _newer(EXAMPLE / "node_modules" / ".package-lock.json", lock):
            npm("ci", "--silent")
        # Never again while another test runs what was compiled: it would read half a file.
        sources = [EXAMPLE / "tsconfig.json", EXAMPLE / "package.json", lock]
        sources += [*EXAMPLE.glob("src/**/*.ts"), *EXAMPLE.glob("test/**/*.ts")]
        mark = EXAMPLE / "dist" / ".compiled"
        if not _newer(mark, *sources):
            npm("run", "--silent", "build")
            mark.touch()
    return EXAMPLE / "dist" / "src"


def _newer(made: Path, *sources: Path) -> bool:
    """Whether it is there and no source has changed since."""
    return made.exists() and all(made.stat().st_mtime >= each.stat().st_mtime for each in sources)
