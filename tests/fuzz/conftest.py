"""One seeded house for all the fuzz of a test run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from maillage.testing.databases import Databases

from tests.fuzz.house import running
from tests.fuzz.loop import Loop
from tests.fuzz.seed import Seeded, seed


@pytest.fixture(scope="package")
def fuzzed_loop() -> Iterator[Loop]:
    """Where the services run; the tests stay outside."""
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="package")
def region(
    databases: Databases, fuzzed_loop: Loop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seeded]:
    """The services on SQLite, with a few people, a seminar and mentorships; PostgreSQL is in the long run."""
    opened = running(databases, "sqlite", tmp_path_factory.mktemp("fuzz"))
    house = fuzzed_loop.run(opened.__aenter__(), 250)
    yield fuzzed_loop.run(seed(house), 250)
    fuzzed_loop.run(opened.__aexit__(None, None, None))
