"""Whether a database has a schema that this version of the service can work with."""

from __future__ import annotations

from importlib.util import find_spec

from sqlalchemy import Connection

from maillage.db.engine import Database
from maillage.db.lineage import Lineage, lineage
from maillage.db.migrate import revisions
from maillage.db.phases import history, suits


class SchemaCheck:
    """Yes when the database is at this version's schema, or at a later one that it can work with.

    Asked anew each time: while replicas are replaced, a later version may take away what this one needs.
    """

    def __init__(self, db: Database, package: str) -> None:
        self._db, self._package = db, package
        self._code: Lineage | None = None

    async def __call__(self) -> bool:
        async with self._db.read() as session:
            return await (await session.connection()).run_sync(self._suits)

    def _suits(self, connection: Connection) -> bool:
        heads, known = self._own()
        found = set(revisions(connection))
        past = () if found <= known else history(connection)
        return bool(found) and suits(found, heads, known, past)

    def _own(self) -> tuple[set[str], set[str]]:
        """The revisions this version ends in, and all it knows; a package without migrations has none."""
        if self._code is None:
            self._code = lineage(self._package) if find_spec(self._package) else Lineage({}, frozenset())
        return set(self._code.heads), set(self._code.revisions)
