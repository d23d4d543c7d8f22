"""What a backup asks of a database, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


class Busy(Exception):
    """A database could not be held still just now; trying again may help."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A finished copy: its file, the server's version, the schema's revision, the rows of each table."""

    path: Path
    server: str
    revision: str
    rows: dict[str, int]


class Source(Protocol):
    """One service's database while a backup is made of it: open, hold, snapshot, release, copy, close."""

    service: str

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]: ...

    async def open(self) -> None: ...

    async def hold(self) -> None: ...

    async def snapshot(self) -> None: ...

    async def release(self) -> None: ...

    async def copy(self, folder: Path) -> Copied: ...

    async def close(self) -> None: ...
