"""Where the reference files are read from."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

_bundled = Path(__file__).resolve().parent
_folder: Path | None = None
_forget: list[Callable[[], None]] = []


def folder() -> Path:
    """The folder in use: the one set, else MAILLAGE_REFERENCE_DIR, else the bundled one of PACA."""
    return _folder or Path(os.environ.get("MAILLAGE_REFERENCE_DIR") or _bundled)


def bundled() -> Path:
    """The folder of what is the same for every region of the country."""
    return _bundled


def use_folder(path: Path | None) -> None:
    """Read the reference data from `path` from now on (None: back to the default)."""
    global _folder
    _folder = path
    for clear in _forget:
        clear()


def reread_on_change(clear: Callable[[], None]) -> None:
    """Have `clear` called when the folder changes; for the caches of what was read."""
    _forget.append(clear)
