"""Whether a database has a schema that this version of the service can work with."""

from __future__ import annotations

from importlib.util import find_spec

from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from maillage.db.engine import Database
from maillage.db.migrate import config_for, revisions
from maillage.db.phases import history, suits


class SchemaCheck:
    """Yes when the database is at this version's schema, or at a later one that it can work with.

    Asked anew each time: while replicas are replaced, a later version may take away what this one needs.
    """

    def __init__(self, db: Database, package: str) -> None:
        self._db, self._package = db, package
        self._heads: set[str] = set()
        self._known: set[str] = set()

    async def __call__(self) -> bool:
        if not self._heads:
            self._read_revisions()
        async with self._db.read() as session:
            return await (await session.connection()).run_sync(self._suits)

    def _suits(self, connection: Connection) -> bool:
        found = set(revisions(connection))
        past = () if found <= self._known else history(connection)
        return bool(found) and suits(found, self._heads, self._known, past)

    def _read_revisions(self) -> None:
        if find_spec(self._package) is not None:
            script = ScriptDirectory.from_config(config_for(self._package))
            self._heads = set(script.get_heads())
            self._known = {each.revision for each in script.walk_revisions()}
