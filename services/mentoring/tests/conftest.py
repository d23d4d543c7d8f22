"""Fixtures: mentoring started on either database, and a network to play in."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest_asyncio
from maillage.testing.harness import ServiceHarness
from maillage_mentoring.app import service

sys.path.insert(0, str(Path(__file__).parent))
from mentoring_network import Network


@pytest_asyncio.fixture
async def house(
    service_app: Callable[..., AbstractAsyncContextManager[ServiceHarness]],
) -> AsyncIterator[ServiceHarness]:
    async with service_app(service) as harness:
        yield harness


@pytest_asyncio.fixture
async def network(house: ServiceHarness) -> Network:
    return Network(house)
