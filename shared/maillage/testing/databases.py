"""A database of its own for each test, copied from one that was migrated once for the whole session.

MAILLAGE_TEST_SCHEMA=ahead gives every service a database that a later version has already added to.
"""

import itertools
import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from maillage.db import migrate
from maillage.testing.administrator import Administrator
from maillage.testing.ahead import move_ahead
from maillage.testing.dialects import share
from maillage.testing.postgres import NoPostgresError, postgres_server

Dialect = Literal["sqlite", "postgresql"]
# A server may have been made for ASCII; ours are never.
UTF8 = " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"


class Databases:
    """Makes databases. PostgreSQL is started when first asked for and stopped by `close()`.

    From the first one on, all engines of this process share what SQLAlchemy compiles.
    """

    def __init__(self, folder: Path) -> None:
        share()
        self._folder = folder
        self._names = itertools.count(1)
        self._templates: dict[tuple[str, str], str] = {}
        self._running = ExitStack()
        self._server: str | None = None
        self._reason: str | None = None
        self._administrator: Administrator | None = None

    def server_url(self) -> str:
        """The PostgreSQL server's URL; skips the test (or fails it, where CI requires one) when none."""
        if self._server is None and self._reason is None:
            try:
                self._server = self._running.enter_context(postgres_server())
            except NoPostgresError as absent:
                self._reason = str(absent)
        if self._server is None:
            if os.environ.get("MAILLAGE_REQUIRE_POSTGRES") == "1":
                pytest.fail(f"PostgreSQL is required here: {self._reason}", pytrace=False)
            pytest.skip(str(self._reason))
        return self._server

    async def empty(self, dialect: Dialect) -> str:
        """The URL of a database without tables."""
        name = f"t{next(self._names)}_{uuid4().hex[:8]}"
        if dialect == "sqlite":
            return f"sqlite:///{self._folder / name}.db"
        return await self._create(name)

    async def migrated(self, dialect: Dialect, package: str) -> str:
        """The URL of a database at the newest revision of `package`'s migrations."""
        key = (dialect, package)
        if key not in self._templates:
            template = await self.empty(dialect)
            await migrate(template, package)
            if os.environ.get("MAILLAGE_TEST_SCHEMA") == "ahead":
                await move_ahead(template)
            self._templates[key] = template
        template = self._templates[key]
        if dialect == "postgresql":
            return await self._create(f"t{next(self._names)}_{uuid4().hex[:8]}", make_url(template).database)
        copy = await self.empty(dialect)
        # A closed SQLite database in WAL mode is one file: its log was merged at the last close.
        shutil.copyfile(make_url(template).database or "", make_url(copy).database or "")
        return copy

    async def drop(self, url: str) -> None:
        """Throw a database away, whoever is still connected."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            _remove_files(parsed.database or "")
            return
        await self._administered().run(f'DROP DATABASE IF EXISTS "{parsed.database}" WITH (FORCE)')

    async def _create(self, name: str, template: str | None = None) -> str:
        source = f' TEMPLATE "{template}"' if template else UTF8
        await self._administered().copy(f'CREATE DATABASE "{name}"{source}')
        return make_url(self.server_url()).set(database=name).render_as_string(hide_password=False)

    def _administered(self) -> Administrator:
        if self._administrator is None:
            self._administrator = Administrator(self.server_url())
            self._running.callback(self._administrator.close)
        return self._administrator

    def close(self) -> None:
        """Stop the server if one was started."""
        self._running.close()


def _remove_files(path: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
