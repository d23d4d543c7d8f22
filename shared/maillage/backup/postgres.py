"""A service's PostgreSQL database, by PostgreSQL's own tools: dumped at a snapshot, and restored."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import Any, Literal

import asyncpg
from sqlalchemy import URL, make_url

from maillage.backup.source import Busy, Copied
from maillage.db.migrate import VERSION_TABLE
from maillage.events.hold import LOCK
from maillage.leader import lock_key

_WAIT = "2s"


class ToolMissing(Exception):
    """pg_dump or pg_restore is not here or too old; the text says what to install."""


class InUse(Exception):
    """The service of a database still runs."""


async def connect(url: str) -> Any:
    """A connection by an SQLAlchemy URL."""
    plain = make_url(url).set(drivername="postgresql")
    return await asyncpg.connect(plain.render_as_string(hide_password=False), timeout=30)


class PostgresSource:
    """One database. It is never locked against its service: only publishing waits, for a moment."""

    dialect: Literal["postgresql"] = "postgresql"

    def __init__(self, service: str, url: str) -> None:
        self.service, self._url = service, url
        self._connection: Any = None
        self._snapshot = ""

    async def open(self) -> None:
        """Connect, and make sure that pg_dump can read this server. Raises ToolMissing."""
        self._connection = await connect(self._url)
        await self._connection.execute(f"SET lock_timeout = '{_WAIT}'")
        await tool("pg_dump", self._connection.get_server_version().major)

    async def hold(self) -> None:
        """Nothing of this service is published from here on. Raises Busy."""
        try:
            await self._connection.execute("SELECT pg_advisory_lock($1, $2)", *LOCK)
        except asyncpg.LockNotAvailableError:
            raise Busy(f"{self.service} publie sans s'arrêter") from None

    async def snapshot(self) -> None:
        """Fix what will be dumped."""
        await self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self._snapshot = await self._connection.fetchval("SELECT pg_export_snapshot()")

    async def release(self) -> None:
        """Publishing may go on."""
        await self._connection.execute("SELECT pg_advisory_unlock_all()")

    async def copy(self, folder: Path) -> Copied:
        """Dump into `folder` what stood there at the snapshot."""
        path = folder / f"{self.service}.dump"
        version = self._connection.get_server_version()
        program = await tool("pg_dump", version.major)
        await run(
            program, self._url, "--format=custom", f"--snapshot={self._snapshot}", f"--file={path}", *PLAIN
        )
        counts = await rows(self._connection)
        at = await self._connection.fetchval(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608  (our own name)
        return Copied(path, f"{version.major}.{version.minor}", str(at or ""), counts)

    async def close(self) -> None:
        """Let go of everything."""
        if self._connection is not None:
            await self._connection.close()


PLAIN = ("--no-owner", "--no-privileges")
_TABLES = """
    SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename
"""


async def rows(connection: Any) -> dict[str, int]:
    """How many rows each table has."""
    names = [row[0] for row in await connection.fetch(_TABLES)]
    return {
        name.strip('"'): await connection.fetchval(f"SELECT count(*) FROM {name}")  # noqa: S608  (our own names)
        for name in names
    }


async def claim(connection: Any, service: str) -> None:
    """Be the service's leader for as long as the connection lives, so that it does no work. Raises InUse."""
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", *lock_key(service)):
        raise InUse(f"Le service {service} tourne encore sur sa base : arrêtez les services, puis restaurez.")


async def replace(connection: Any, url: str, dump: Path) -> None:
    """Empty the database and fill it from the dump."""
    program = await tool("pg_restore", connection.get_server_version().major)
    await connection.execute("DROP SCHEMA public CASCADE")
    await connection.execute("CREATE SCHEMA public")
    name = make_url(url).database or ""
    await run(program, url, "--exit-on-error", "--single-transaction", f"--dbname={name}", *PLAIN, str(dump))


async def tool(name: str, server: int) -> str:
    """The path of PostgreSQL's program, at least as new as the server. Raises ToolMissing."""
    program = _find(name)
    if program is None:
        raise ToolMissing(f"{name} manque : installez postgresql-client-{server}.")
    asked = await asyncio.create_subprocess_exec(program, "--version", stdout=asyncio.subprocess.PIPE)
    said, _ = await asked.communicate()
    number = re.search(r"(\d+)", said.decode())
    if number is None or int(number[1]) < server:
        have = number[1] if number else "?"
        raise ToolMissing(
            f"{program} est de la version {have}, le serveur de la version {server} : "
            f"installez postgresql-client-{server}."
        )
    return program


def _find(name: str) -> str | None:
    """Debian's newest one, else the one on the PATH."""
    packaged = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    found = sorted(packaged, key=lambda path: float(path.parents[1].name))
    return str(found[-1]) if found else shutil.which(name)


async def run(program: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on a database. Raises OSError with what it said."""
    process = await asyncio.create_subprocess_exec(
        program, *arguments, env=_environment(make_url(url)), stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        raise
    if process.returncode:
        raise OSError(f"{Path(program).name} : {said.decode(errors='replace').strip()[-500:]}")


def _environment(url: URL) -> dict[str, str]:
    """By the environment, where no other user of the machine can read the password."""
    named = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": str(url.password) if url.password else None,
        "PGDATABASE": url.database,
        "PGSSLMODE": _first(url.query.get("sslmode") or url.query.get("ssl")),
        "PGCONNECT_TIMEOUT": "10",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return inherited | {name: value for name, value in named.items() if value}


def _first(value: str | tuple[str, ...] | None) -> str | None:
    return value[0] if isinstance(value, tuple) else value
