"""One embedded house for the tests that kill, stop and rob it; each finds it running."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.embedded import Embedded


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    house = Embedded(tmp_path_factory.mktemp("embedded") / "data")
    yield house
    if house.running():
        house.stop()


@pytest.fixture
def embedded(home: Embedded) -> Embedded:
    """The house, started again if the test before left it stopped."""
    if not home.running():
        home.start()
    return home
