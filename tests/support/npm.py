"""Packages of npm for a test, in the folder of their lock file; two tests at once install them once."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path


def install(folder: Path) -> None:
    """Install what the lock file in `folder` names, unless it is there. Raises CalledProcessError."""
    with (folder / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # npm writes this one last: a folder without it is half an installation.
        if not (folder / "node_modules" / ".package-lock.json").is_file():
            subprocess.run(["npm", "ci", "--silent", "--prefix", str(folder)], check=True, timeout=280)
