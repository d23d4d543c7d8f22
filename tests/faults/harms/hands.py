"""What people do to servers that run: a session with a lock, a standby in place of the server, a slip."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import httpx
from maillage.events.streams import provision
from maillage.leader import SILENCE
from nats.js.errors import NotFoundError

from tests.faults.harms.base import BUS, Harm

TABLES = ("outbox", "inbox", "timer", "idempotency")
"""Those that every service has and writes to."""


class OnDatabase(Harm):
    """Done by a session of an administrator's on the PostgreSQL of the test's."""

    def possible(self) -> bool:
        return self.house.postgres is not None

    @asynccontextmanager
    async def session(self, database: str = "postgres") -> AsyncIterator[asyncpg.Connection]:
        """A session on this database."""
        assert self.house.postgres is not None
        connection = await asyncpg.connect(self.house.postgres.url(database), timeout=10)
        try:
            yield connection
        finally:
            connection.terminate()


class EndSessions(OnDatabase):
    """Every session of every service is ended, over and over, whatever it is in the middle of."""

    END = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        ended = 0
        async with self.session() as connection:
            for _ in range(dice.randint(2, 6)):
                ended += await connection.fetchval(self.END)
                await asyncio.sleep(seconds / 6)
        return f"{ended} sessions were ended"


class ReadOnlyDatabase(OnDatabase):
    """PostgreSQL only reads for a while, as a standby does that services are sent to too early."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        await self._set("ALTER SYSTEM SET default_transaction_read_only = on")
        await asyncio.sleep(seconds)
        await self.heal()
        return "PostgreSQL could only be read"

    async def heal(self) -> str | None:
        await self._set("ALTER SYSTEM RESET default_transaction_read_only")
        return None

    async def _set(self, statement: str) -> None:
        async with self.session() as connection:
            await connection.execute(statement)
            await connection.execute("SELECT pg_reload_conf()")


class LockTables(OnDatabase):
    """A session takes one table of a service after another and keeps them: queues, and deadlocks with it."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(self.house.services)
        tables, done = dice.sample(TABLES, 2), list[str]()
        async with self.session(name) as connection, connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            for table in tables:
                with suppress(asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
                    async with connection.transaction():
                        await connection.execute(f"LOCK TABLE {table}")
                        done.append(table)
                await asyncio.sleep(seconds / 2)
        return f"{name} could not have {' and '.join(done) or 'everything all the time'}"


class FreezeLeader(Harm):
    """The replica at work on a service's events hangs for longer than its server waits for it."""

    def possible(self) -> bool:
        return (
            self.house.supervised and self.house.proxied and len(self.house.names) > len(self.house.services)
        )

    async def strike(self, dice: random.Random, seconds: float) -> str:
        service = dice.choice(self.house.services)
        for url, name in zip(self.house.readiness(), self.house.names, strict=True):
            if name.split("-")[0] == service and await self._leads(url.removesuffix("/readyz"), service):
                return await self._freeze(name, max(seconds, SILENCE + 5))
        return f"nobody leads {service} just now"

    async def _freeze(self, name: str, seconds: float) -> str:
        self.house.processes[name].pause(True)
        await asyncio.sleep(seconds)
        self.house.processes[name].pause(False)
        return f"{name} led, and goes on after {seconds:.0f} s"

    async def _leads(self, url: str, service: str) -> bool:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            try:
                told = (await client.get(f"{url}/metrics")).text
            except httpx.TransportError:
                return False
        return f'maillage_leader{{service="{service}"}} 1.0' in told

    async def heal(self) -> str | None:
        for process in self.house.processes.values():
            process.pause(False)
        return None


class DropConsumer(Harm):
    """A service's consumer is deleted by hand; the operator's `maillage provision` makes it anew."""

    def possible(self) -> bool:
        return not self.house.contained

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice([each for each in self.house.services if each in self.house.topology().consumers])
        async with BUS:
            try:
                async with self.house.bus() as client:
                    with suppress(NotFoundError):  # with its stream, by another harm
                        await client.jetstream(timeout=10).delete_consumer(self.house.stream, name)
                await asyncio.sleep(min(seconds, 4.0))
            finally:
                await self._provision()
        return f"the consumer {name} was deleted and made anew"

    async def _provision(self) -> None:
        async with self.house.bus() as client:
            await provision(client.jetstream(timeout=30), self.house.topology())

    async def heal(self) -> str | None:
        async with BUS:
            await self._provision()
        return None
