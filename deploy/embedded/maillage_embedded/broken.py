"""Streams and consumers that nats-server cannot recover: killed as it made or removed them, or cut off."""

from __future__ import annotations

from pathlib import Path

import structlog
from maillage import clock

log = structlog.get_logger("maillage.up")
_NEEDED = ("meta.inf", "meta.sum")
"""Without its description nats-server (2.15) passes over a stream, and is not healthy at any later start. A
consumer's is not written again when one of its name is made: it is passed over at every later start."""


def set_aside(nats: Path) -> list[str]:
    """Move such streams and consumers out of the store of `nats`, whose server is not running; their names.

    They are made anew then, and filled from the journals. What was there is kept, in `set-aside`. The same is
    done for containers by `deploy/nats/start.sh`.
    """
    moved = []
    store = nats / "store" / "jetstream"
    for folder in _folders(store):
        if not folder.is_dir() or all(_is_written(folder / name) for name in _NEEDED):
            continue
        name = ".".join(folder.relative_to(store).parts[2::2])
        place = nats / "set-aside" / f"{name}-{clock.now():%Y%m%dT%H%M%S%f}"
        place.parent.mkdir(exist_ok=True)
        folder.rename(place)
        log.warning("stream-set-aside", stream=name, place=str(place))
        moved.append(name)
    return moved


def _folders(jetstream: Path) -> list[Path]:
    """Each stream before its consumers."""
    return sorted(jetstream.glob("*/streams/*")) + sorted(jetstream.glob("*/streams/*/obs/*"))


def _is_written(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
