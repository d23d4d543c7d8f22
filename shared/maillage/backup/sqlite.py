"""A service's SQLite file: held still for a moment, then copied as it was then while the service goes on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path
from typing import Literal

from maillage.backup.source import Busy, Copied
from maillage.db.migrate import VERSION_TABLE

_WAIT = 2.0


class SqliteSource:
    """One file. Other processes may read and write it the whole time, but for the moment it is held."""

    dialect: Literal["sqlite"] = "sqlite"

    def __init__(self, service: str, path: Path) -> None:
        self.service, self._path = service, path
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Connect. Raises FileNotFoundError when there is no such database."""
        if not self._path.is_file():
            raise FileNotFoundError(f"La base {self._path} n'existe pas.")
        self._writer, self._reader = self._connect(), self._connect()

    async def hold(self) -> None:
        """No writer from here on. Raises Busy."""
        try:
            await asyncio.to_thread(self._open_writer.execute, "BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise Busy(f"{self.service} : {error}") from None

    async def snapshot(self) -> None:
        """Fix what will be copied."""
        await asyncio.to_thread(self._look)

    async def release(self) -> None:
        """Writers may go on."""
        if self._open_writer.in_transaction:
            await asyncio.to_thread(self._open_writer.rollback)

    async def copy(self, folder: Path) -> Copied:
        """Write the copy into `folder`."""
        return await asyncio.to_thread(self._copy, folder / f"{self.service}.sqlite")

    async def close(self) -> None:
        """Let go of everything."""
        for connection in (self._writer, self._reader):
            if connection is not None:
                connection.close()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None, check_same_thread=False)

    @property
    def _open_writer(self) -> sqlite3.Connection:
        assert self._writer is not None  # noqa: S101  (open() comes first)
        return self._writer

    def _look(self) -> None:
        assert self._reader is not None  # noqa: S101  (as above)
        self._reader.execute("BEGIN")
        self._reader.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def _copy(self, path: Path) -> Copied:
        assert self._reader is not None  # noqa: S101  (as above)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        copy = sqlite3.connect(path, isolation_level=None)
        try:
            self._reader.backup(copy)
            self._reader.rollback()
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("VACUUM")  # free pages may still bear what was deleted
            (sound,) = copy.execute("PRAGMA quick_check").fetchone()
            if sound != "ok":
                raise sqlite3.DatabaseError(f"{self._path} : {sound}")
            return Copied(path, sqlite3.sqlite_version, revision(copy), rows(copy))
        finally:
            copy.close()


def rows(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    names = [name for (name,) in connection.execute(query)]
    count = 'SELECT count(*) FROM "{}"'
    return {name: connection.execute(count.format(name)).fetchone()[0] for name in names}


def revision(connection: sqlite3.Connection) -> str:
    """The schema revision; empty before the first migration."""
    try:
        found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608  (our own name)
    except sqlite3.OperationalError:
        return ""
    return str(found[0]) if found else ""
