"""The house of the journeys: the one MAILLAGE_URL and MAILLAGE_TOKEN name, else one started here.

Of one started here nothing may be overheard of the people in the journeys (see `overheard`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.house import House


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if url := os.environ.get("MAILLAGE_URL"):
        yield House(url.rstrip("/"), os.environ["MAILLAGE_TOKEN"])
        return
    from tests.support.embedded import Embedded
    from tests.support.overheard import overheard

    embedded = Embedded(tmp_path_factory.mktemp("journeys") / "data")
    people: list[dict[str, Any]] = []
    with overheard(embedded, people):
        embedded.start()
        yield embedded.house(people)
