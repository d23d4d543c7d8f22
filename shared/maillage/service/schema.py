"""Whether a database has the schema this version of the service was written for."""

from __future__ import annotations

from importlib.util import find_spec

from alembic.script import ScriptDirectory
from sqlalchemy import ColumnClause, column, select, table

from maillage.db.engine import Database
from maillage.db.migrate import VERSION_TABLE, config_for

_NUMBER: ColumnClause[str] = column("version_num")


class SchemaCheck:
    """Asks the database until the answer is yes; the schema of a running service does not go back."""

    def __init__(self, db: Database, package: str) -> None:
        self._db = db
        self._package = package
        self._current = False

    async def __call__(self) -> bool:
        if not self._current:
            async with self._db.read() as session:
                found = await session.scalars(select(_NUMBER).select_from(table(VERSION_TABLE)))
                self._current = set(found.all()) >= self._heads()
        return self._current

    def _heads(self) -> set[str]:
        if find_spec(self._package) is None:
            return set()
        return set(ScriptDirectory.from_config(config_for(self._package)).get_heads())
