"""The portal in front of a fake house, and browsers without JavaScript (httpx)."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from maillage_portal import app as portal_app
from maillage_portal import assets, rendering
from maillage_portal.app import build
from maillage_portal.i18n import LOCALES
from maillage_portal.settings import PortalSettings
from starlette.routing import BaseRoute

sys.path.insert(0, str(Path(__file__).parent))
from browser import Browser
from fake_house import FakeHouse
from fake_services import FakeServices

assets.build()


class Compiled(BytecodeCache):
    """The templates of one language, compiled once for all the portals of the tests."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_templates() -> Iterator[None]:
    """A new portal for each test, without compiling its templates each time: half of what a test takes."""
    make, compiled = rendering._environment, {locale: Compiled() for locale in LOCALES}

    def environment(locale: str, settings: PortalSettings) -> Environment:
        made = make(locale, settings)
        made.bytecode_cache = compiled[locale]  # what a filter makes of a constant is compiled in: not shared
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rendering, "_environment", environment)
        yield


class ReadOnce(FastAPI):
    """An application that takes a router as an earlier one has included it."""

    included: ClassVar[dict[int, BaseRoute]] = {}

    def include_router(self, router: APIRouter, **more: Any) -> None:
        known = None if more else self.included.get(id(router))
        if known is not None:
            self.router.routes.append(known)
            return
        super().include_router(router, **more)
        if not more:
            self.included[id(router)] = self.router.routes[-1]  # which holds the router: its id stays its own


@pytest.fixture(scope="session", autouse=True)
def read_routes() -> Iterator[None]:
    """The parameters of the portal's handlers, read once for all portals: a third of what a test takes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(portal_app, "FastAPI", ReadOnce)
        yield


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
