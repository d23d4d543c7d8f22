"""One house for each file, with its story told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from maillage import clock as kit_clock
from maillage.testing.clock import TestClock
from maillage.testing.databases import Databases
from maillage.testing.tokens import TokenFactory

from tests.security.house import House, running_house
from tests.security.story import tell


@pytest.fixture(scope="module")
def house_settings() -> dict[str, Any]:
    """What a file wants to be set differently in its house."""
    return {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    databases: Databases,
    tokens: TokenFactory,
    tmp_path_factory: pytest.TempPathFactory,
    house_settings: dict[str, Any],
) -> AsyncIterator[House]:
    """The house with its story; a test that changes it goes back to a stage first."""
    clock = TestClock()
    kit_clock.use(clock.now)
    try:
        folder = tmp_path_factory.mktemp("security")
        settings = {"rate_limit_sign_in": "", **house_settings}
        async with running_house(databases, tokens, clock, folder, **settings) as started:
            await tell(started)
            yield started
    finally:
        kit_clock.use(None)
