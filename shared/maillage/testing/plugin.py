"""The fixtures of maillage.testing, loaded by pytest through the entry point `pytest11`.

- `database_url`: an empty database, once on SQLite and once on PostgreSQL (skipped in one line where absent)
- `service_app(service, **settings)`: a migrated, started service in process, on both databases
- `nats_server`: one real nats-server for the session; `region` is new for each test, so streams are too
- `own_nats_server`: one for this test alone, to be killed and robbed
- `clock`: stands still until moved; `tokens`: access tokens of any caller
"""

import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from maillage import clock as kit_clock

if TYPE_CHECKING:
    from maillage.testing.clock import TestClock
    from maillage.testing.databases import Databases, Dialect
    from maillage.testing.harness import ServiceHarness
    from maillage.testing.nats import NatsServer
    from maillage.testing.tokens import TokenFactory

    ServiceApp = Callable[..., AbstractAsyncContextManager[ServiceHarness]]

# The tools are imported inside the fixtures: pytest loads this plugin in every run, also in those that
# need none of them.

_regions = itertools.count(1)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Databases]":
    """The maker of databases; PostgreSQL starts when a test first asks for it."""
    from maillage.testing.databases import Databases

    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_dialect(request: pytest.FixtureRequest, databases: "Databases") -> "Dialect":
    """Which database the test runs on."""
    dialect: Dialect = request.param
    if dialect == "postgresql":
        databases.server_url()  # skips here when there is none
    return dialect


@pytest_asyncio.fixture
async def database_url(databases: "Databases", database_dialect: "Dialect") -> AsyncIterator[str]:
    """An empty database of the test's own."""
    url = await databases.empty(database_dialect)
    yield url
    await databases.drop(url)


@pytest.fixture
def clock() -> "Iterator[TestClock]":
    """A clock that stands still until the test moves it."""
    from maillage.testing.clock import TestClock

    moved = TestClock()
    kit_clock.use(moved.now)
    yield moved
    kit_clock.use(None)


@pytest.fixture(scope="session")
def tokens() -> "TokenFactory":
    """Access tokens that services under test accept."""
    from maillage.testing.tokens import TokenFactory

    return TokenFactory()


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[NatsServer]":
    """One nats-server with JetStream for the session; a test that stops it must start it again."""
    from maillage.testing.nats import make_server

    server = make_server(tmp_path_factory.mktemp("nats"))
    server.start()
    yield server
    server.close()


@pytest.fixture
def own_nats_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[NatsServer]":
    """A nats-server for this test alone, which may do to it what it likes."""
    from maillage.testing.nats import make_server

    server = make_server(tmp_path_factory.mktemp("own-nats"))
    server.start()
    yield server
    server.close()


@pytest.fixture
def region() -> str:
    """A region of the test's own, so that its streams are new: `fr-t01`, `fr-t02`, …"""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    return f"fr-t{worker}{next(_regions):02d}"


@pytest.fixture
def service_app(
    databases: "Databases",
    database_dialect: "Dialect",
    clock: "TestClock",
    tokens: "TokenFactory",
    tmp_path_factory: pytest.TempPathFactory,
) -> "ServiceApp":
    """`async with service_app(service, **settings) as harness`: the service, migrated and started."""
    from maillage.testing.harness import started

    return partial(
        started,
        databases=databases,
        dialect=database_dialect,
        clock=clock,
        tokens=tokens,
        folder=tmp_path_factory.mktemp("service"),
    )
