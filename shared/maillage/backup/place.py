"""What a backup is made of, or put back into: the databases, the bus, the folder of keys."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from nats.aio.client import Client
from sqlalchemy import make_url

from maillage.backup.postgres import PostgresSource
from maillage.backup.source import Source
from maillage.backup.sqlite import SqliteSource

HOUSE = "maillage.house"


@dataclass(frozen=True, slots=True)
class Place:
    """One region's parts. `databases`: URLs by service.

    For a restore: `erasure_logs`, files of erasures known here; `replaced`, databases that give way to those
    of the backup where these are others, and may know of erasures too.
    """

    client: Client
    region: str
    databases: dict[str, str]
    keys: Path | None = None
    erasure_logs: list[Path] = field(default_factory=list)
    replaced: dict[str, str] = field(default_factory=dict)

    def sources(self) -> list[Source]:
        """The databases as a backup reads them, by name."""
        return [source(name, url) for name, url in sorted(self.databases.items())]


def source(service: str, url: str) -> Source:
    """The database of a service as a backup reads it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteSource(service, Path(parsed.database or ""))
    return PostgresSource(service, url)


class Houses(Protocol):
    """How a distribution opens the houses it keeps in folders (entry-point group `maillage.house`)."""

    opened: Callable[[Path], AbstractAsyncContextManager[Place]]
    """For a backup: the house on a folder, whether it runs or not."""
    restored: Callable[[Path, bool], AbstractAsyncContextManager[Place]]
    """For a restore: a house to fill, which takes the folder when the block ends well; True: replace one."""


def houses() -> Houses:
    """The installed distribution that keeps houses. Raises LookupError when there is none."""
    for entry in entry_points(group=HOUSE):
        found: Houses = entry.load()
        return found
    raise LookupError("Cette installation ne sait pas ouvrir le dossier d'une maison (maillage-embedded).")
