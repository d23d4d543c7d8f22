"""One house for the tests of what it shows, with a story in it; and what each viewer sees of that story."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.security.leaks.crawl import Seen, crawl
from tests.security.leaks.plot import play
from tests.security.leaks.story import Story
from tests.support.inside import Inside

SEED = "20210702"
"""The same people in every run: what a change did is seen in it, and another draw is asked for (`random`)."""


@pytest.fixture(scope="package")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = os.environ.get("MAILLAGE_SECURITY_SEED", SEED)
    seed = random.SystemRandom().randrange(10**6) if told == "random" else int(told)
    house = Inside(tmp_path_factory.mktemp("security") / "data")
    house.start()
    try:
        yield play(house, seed)
    finally:
        house.stop()


@pytest.fixture(scope="package")
def seen(story: Story) -> list[Seen]:
    """Every route as every viewer."""
    return crawl(story)
