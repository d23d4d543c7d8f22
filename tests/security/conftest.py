"""One house for all files of this folder, with its story told once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from maillage import clock as kit_clock
from maillage.testing.clock import TestClock
from maillage.testing.databases import Databases
from maillage.testing.oidc import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from maillage.testing.tokens import TokenFactory

from tests.security.house import House, running_house
from tests.security.story import tell


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """The OIDC provider of the house, without which its routes would be switched off."""
    with running_provider() as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def told_house(
    databases: Databases,
    tokens: TokenFactory,
    tmp_path_factory: pytest.TempPathFactory,
    provider: Provider,
) -> AsyncIterator[House]:
    clock, folder = TestClock(), tmp_path_factory.mktemp("security")
    settings = {
        "rate_limit_sign_in": "",
        "oidc_issuer": provider.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
    }
    kit_clock.use(clock.now)
    async with running_house(databases, tokens, clock, folder, **settings) as house:
        await tell(house)
        kit_clock.use(None)
        yield house


@pytest.fixture
def house(told_house: House) -> Iterator[House]:
    """The house, calm, and its clock the one that everybody reads."""
    kit_clock.use(told_house.clock.now)
    told_house.back_to("calm")
    yield told_house
    kit_clock.use(None)
