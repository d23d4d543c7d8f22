"""What a restore asks of a database, whichever it is: to be nobody's, to be filled, to be counted."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from maillage.backup import postgres, sqlite


class Target(Protocol):
    """One service's database while it is restored; entering it makes sure that its service does not run."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def rows(self) -> dict[str, int]: ...

    async def fill(self, copy: Path) -> None: ...


class SqliteTarget:
    """A file. That nobody has it open is the launcher's business: one house per folder."""

    def __init__(self, service: str, path: Path) -> None:
        self._service, self._path = service, path

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    async def rows(self) -> dict[str, int]:
        """How many rows each table has; none where there is no file."""
        return await asyncio.to_thread(self._rows)

    def _rows(self) -> dict[str, int]:
        if not self._path.exists():
            return {}
        with closing(sqlite3.connect(self._path)) as connection:
            return sqlite.rows(connection)

    async def fill(self, copy: Path) -> None:
        """Put the copy in the file's place."""
        await asyncio.to_thread(self._fill, copy)

    def _fill(self, copy: Path) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.restored")
        shutil.copyfile(copy, draft)
        draft.chmod(0o600)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        draft.replace(self._path)


class PostgresTarget:
    """A database whose service's leadership is taken for the time, so that no replica works on it."""

    def __init__(self, service: str, url: str) -> None:
        self._service, self._url = service, url
        self._connection: Any = None

    async def __aenter__(self) -> Self:
        self._connection = await postgres.connect(self._url)
        try:
            await postgres.claim(self._connection, self._service)
        except BaseException:
            await self._connection.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return await postgres.rows(self._connection)

    async def fill(self, copy: Path) -> None:
        """Replace all that is in the database."""
        await postgres.replace(self._connection, self._url, copy)
