"""The portal in front of a fake house, and browsers without JavaScript (httpx)."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from maillage_portal import assets
from maillage_portal.app import build
from maillage_portal.settings import PortalSettings

sys.path.insert(0, str(Path(__file__).parent))
from browser import Browser
from fake_house import FakeHouse
from fake_services import FakeServices

assets.build()


@pytest.fixture
def house() -> FakeHouse:
    """The four services, faked."""
    return FakeHouse()


@pytest.fixture
def services(house: FakeHouse) -> FakeServices:
    """Events, mentoring and notifications, faked beside the directory."""
    return FakeServices(house)


@pytest.fixture
def settings(tmp_path: Path) -> PortalSettings:
    """An installation for tests; its key folder is its own."""
    return PortalSettings(environment="demo", public_url="http://portal.test", keys_dir=tmp_path / "keys")


@pytest.fixture
def portal(house: FakeHouse, settings: PortalSettings) -> FastAPI:
    """The portal in front of the fake house."""
    return build(settings, httpx.ASGITransport(house.app))


@pytest.fixture
async def browser(portal: FastAPI, house: FakeHouse) -> AsyncIterator[Browser]:
    """A browser without JavaScript, nobody signed in."""
    async with Browser.on(portal) as visitor:
        yield visitor


@pytest.fixture
def browsers(portal: FastAPI) -> Callable[[], Browser]:
    """More browsers of their own."""
    return lambda: Browser.on(portal)
