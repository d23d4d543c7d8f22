"""Streams that nats-server cannot recover: a kill or a power cut met it as it made or removed them."""

from __future__ import annotations

from pathlib import Path

import structlog
from maillage import clock

log = structlog.get_logger("maillage.up")
_NEEDED = ("meta.inf", "meta.sum")
"""Without its description nats-server (2.15) passes over a stream, and is not healthy at any later start."""


def set_aside(nats: Path) -> list[str]:
    """Move such streams out of the store of `nats`, whose server is not running; their names.

    They are made anew then, and filled from the journals. What was there is kept, in `set-aside`.
    """
    moved = []
    for folder in sorted((nats / "store" / "jetstream").glob("*/streams/*")):
        if not folder.is_dir() or all(_is_written(folder / name) for name in _NEEDED):
            continue
        place = nats / "set-aside" / f"{folder.name}-{clock.now():%Y%m%dT%H%M%S%f}"
        place.parent.mkdir(exist_ok=True)
        folder.rename(place)
        log.warning("stream-set-aside", stream=folder.name, place=str(place))
        moved.append(folder.name)
    return moved


def _is_written(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
