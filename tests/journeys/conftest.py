"""The house of the journeys: the one MAILLAGE_URL and MAILLAGE_TOKEN name, else one started here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.journeys.house import House


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if url := os.environ.get("MAILLAGE_URL"):
        yield House(url.rstrip("/"), os.environ["MAILLAGE_TOKEN"])
        return
    from tests.support.embedded import Embedded

    embedded = Embedded(tmp_path_factory.mktemp("journeys") / "data")
    embedded.start()
    try:
        yield embedded.house()
    finally:
        embedded.stop()
