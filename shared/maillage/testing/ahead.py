"""A schema as a later version leaves it: what version N meets while its replicas are replaced by N+1."""

from sqlalchemy import Connection, column, inspect, table, text, update

from maillage.db.migrate import VERSION_TABLE, engine_for
from maillage.db.phases import EXPAND, HISTORY_TABLE, Applied, remember

LATER = "9999"
"""A revision that no version knows yet."""


async def move_ahead(database_url: str, later: Applied | None = None) -> None:
    """Add a column to every table and a table, as an expanding revision may, and note a revision to come.

    `later`: what that revision says of itself, when it is to say something else.
    """
    engine = engine_for(database_url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_expand, later or Applied(LATER, EXPAND, None))
    finally:
        await engine.dispose()


def _expand(connection: Connection, later: Applied) -> None:
    names = [name for name in inspect(connection).get_table_names() if name not in _KEPT]
    for name in names:
        connection.execute(text(f'ALTER TABLE "{name}" ADD COLUMN added_later VARCHAR(20)'))
    connection.execute(text("CREATE TABLE brought_later (id INTEGER PRIMARY KEY, word VARCHAR(20) NOT NULL)"))
    version = table(VERSION_TABLE, column("version_num"))
    connection.execute(update(version).values(version_num=later.revision))
    remember(connection, [later])


_KEPT = (VERSION_TABLE, HISTORY_TABLE)
