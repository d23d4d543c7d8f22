"""How each database is connected to: as durable as the design asks, and with no waiting for who is gone."""

import asyncio
import socket
from unittest.mock import patch

import pytest
from maillage.db import Database
from maillage.db.engine import SILENCE
from sqlalchemy import Connection, text


def test_an_unknown_database_is_refused() -> None:
    for url in ("mysql://u@h/d", "sqlite://"):
        with pytest.raises(ValueError, match="SQLite"):
            Database(url)


def test_sqlite_is_as_durable_as_the_design_asks(tmp_path_factory: pytest.TempPathFactory) -> None:
    async def look() -> dict[str, object]:
        db = Database(f"sqlite:///{tmp_path_factory.mktemp('pragmas')}/a.db")
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        async with db.write() as session:
            found = {name: (await session.execute(text(f"PRAGMA {name}"))).scalar_one() for name in names}
        await db.dispose()
        return found

    assert asyncio.run(look()) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


@pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)
async def test_what_is_prepared_while_a_table_is_small_looks_rows_up(database_url: str) -> None:
    """As in a service that fills a new database: nobody counts its rows for the first minute."""
    db = Database(database_url)
    async with db.write() as session:
        await session.execute(text("CREATE TABLE grows (id uuid PRIMARY KEY, name varchar, told varchar)"))
        filled = "SELECT gen_random_uuid(), 'Azalaïs', 'oui' FROM generate_series(1, 400)"
        await session.execute(text(f"INSERT INTO grows {filled}"))
    async with db.read() as session:
        await session.execute(text("SET plan_cache_mode = force_generic_plan"))
        await session.execute(text("PREPARE those (uuid[]) AS SELECT * FROM grows WHERE id = ANY ($1)"))
        plan = (await session.scalars(text("EXPLAIN EXECUTE those (ARRAY[]::uuid[])"))).all()
    await db.dispose()
    assert not any("Seq Scan" in line for line in plan), plan


@pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)
async def test_a_peer_that_is_gone_without_a_word_is_not_waited_for(database_url: str) -> None:
    """What it is for is seen where cables are pulled: `make test-faults`, the house `containers`."""
    db = Database(database_url)
    async with db.read() as session:
        raw = await (await session.connection()).get_raw_connection()
        sock = raw.driver_connection._transport.get_extra_info("socket")  # type: ignore[union-attr]
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name, value in SILENCE.items():
            if hasattr(socket, name):
                assert sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value, name
    await db.dispose()


@pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)
async def test_not_even_while_a_connection_is_made(database_url: str) -> None:
    """SQLAlchemy asks the server this and that on the first connection of an engine, as each leader's is."""
    database, asked = Database(database_url), list[int]()
    dialect = database.engine.sync_engine.dialect
    initialise = dialect.initialize

    def look(connection: Connection) -> None:
        sock = connection.connection.driver_connection._transport.get_extra_info("socket")  # type: ignore[union-attr]
        asked.append(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        initialise(connection)

    with patch.object(dialect, "initialize", look):
        await database.ping()
    await database.dispose()
    assert asked == [1]
