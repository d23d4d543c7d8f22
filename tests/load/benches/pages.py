"""The pages: what the server takes at a thousand CPTS, what they weigh, when a slow telephone shows them."""

from __future__ import annotations

import asyncio
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from maillage_portal.session import Session, SessionCookies
from maillage_portal.settings import PortalSettings
from playwright.async_api import Page, async_playwright

from tests.load.embedded import MAILLAGE, Up
from tests.load.figures import Benchmark, Figure, Report, Scale, Target
from tests.load.grown import CPTS, Region, put, region
from tests.load.rounds import percentile
from tests.support.browser import ARGUMENTS, CHROMIUM

MANY = 1000
SLOWED = 4
DOWN, UP, LATENCY = 1_600_000 / 8, 750_000 / 8, 150
"""Bytes a second and milliseconds: the mobile network that Lighthouse simulates."""
WATCH = """
window.seen = {paint: 0, shift: 0};
new PerformanceObserver(l => l.getEntries().forEach(e => { seen.paint = e.startTime; }))
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(l => l.getEntries().forEach(e => { if (!e.hadRecentInput) seen.shift += e.value; }))
  .observe({type: "layout-shift", buffered: true});
"""


@dataclass(frozen=True)
class House:
    """A started house, its region, and what the pages of one member need."""

    up: Up
    region: Region
    cookie: tuple[str, str]
    token: str
    seminar: str

    @property
    def looked_at(self) -> dict[str, str]:
        """The pages by what they are called here."""
        return {
            "home": "/",
            "list and map": "/annuaire",
            "list and map, one challenge": f"/annuaire?challenge={self.challenge}",
            "a person": f"/coordonnateurs/{self.region.people[1]}",
            "a seminar": f"/seminaires/{self.seminar}",
        }

    @property
    def challenge(self) -> str:
        """A challenge that some have met."""
        from maillage_directory.model import CoordinatorChallenge

        return str(self.region.rows[CoordinatorChallenge][0]["challenge"])


async def run(scale: Scale) -> Report:
    """Server times first, on a house that does nothing else; then the browser."""
    house = await _house(scale, region(scale.pick(1, MANY / CPTS)))
    try:
        figures = await _server_times(house, scale.pick(5, 100))
        figures += await _in_the_browser(house, scale.pick(1, 3))
    finally:
        house.up.stop()
    return Report(figures, limit=LIMIT)


async def _house(scale: Scale, grown: Region) -> House:
    up = Up(scale.folder / "data")
    await asyncio.to_thread(up.start)
    up.stop()
    await put(f"sqlite:///{up.data}/directory.db", grown.rows)
    await asyncio.to_thread(up.start)
    await asyncio.to_thread(up.settle)
    token = _token(up, f"{_address(grown)}")
    animator = {"Authorization": f"Bearer {_token(up, 'animatrice@maillage.example', '--role', 'animator')}"}
    return House(up, grown, _cookie(up, token), token, await _seminar(up, animator))


def _address(grown: Region) -> str:
    from maillage_directory.model import Account

    return str(grown.rows[Account][0]["email"])


def _token(up: Up, email: str, *more: str) -> str:
    command = [MAILLAGE, "token", email, "--data", str(up.data), *more]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _cookie(up: Up, token: str) -> tuple[str, str]:
    """The cookie of a signed-in browser, as the portal writes it."""
    cookies = SessionCookies(PortalSettings(keys_dir=up.data / "keys", public_url=up.url))
    session = Session().with_tokens({"access_token": token, "refresh_token": "-", "expires_in": 40_000})
    return cookies.name, cookies.write(session).split(";")[0].partition("=")[2].strip('"')


async def _seminar(up: Up, headers: dict[str, str]) -> str:
    begin = datetime.now(UTC) + timedelta(days=30)
    body = {
        "title": "Séminaire de Giens",
        "starts_at": begin.isoformat(),
        "ends_at": (begin + timedelta(days=1)).isoformat(),
        "capacity": 100,
    }
    async with httpx.AsyncClient(base_url=f"{up.url}/api/events/v1", headers=headers, timeout=30) as client:
        key = str((await client.post("/seminars", json=body)).raise_for_status().json()["id"])
        (await client.post(f"/seminars/{key}/publish")).raise_for_status()
    return key


async def _server_times(house: House, times: int) -> list[Figure]:
    asked = {
        "/map.geojson": ("/api/directory/v1/map.geojson", False),
        "/map.geojson, unchanged": ("/api/directory/v1/map.geojson", True),
        "/cpts": ("/api/directory/v1/cpts", False),
        "/coordinators": ("/api/directory/v1/coordinators", False),
        **{f"page: {name}": (path, False) for name, path in house.looked_at.items()},
    }
    figures = []
    name, value = house.cookie
    bearer = {"Authorization": f"Bearer {house.token}"}
    async with httpx.AsyncClient(base_url=house.up.url, cookies={name: value}, timeout=60) as client:
        for case, (path, unchanged) in asked.items():
            headers = dict(bearer) if path.startswith("/api/") else {}
            first = await client.get(path, headers=headers)
            assert first.status_code == 200, f"{path}: {first.status_code}"
            if unchanged:
                headers["If-None-Match"] = first.headers["ETag"]
            spent = [await _milliseconds(client, path, headers) for _ in range(times)]
            asked_of = "list and map" in case or case in ("/cpts", "/map.geojson, unchanged")
            limit = Target("value", "at most", 50) if asked_of else None
            figures.append(Figure(f"{case}, signed in, p95", "ms", [percentile(spent, 95)], target=limit))
    return figures


async def _milliseconds(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> float:
    began = time.perf_counter()
    await client.get(path, headers=headers)
    return (time.perf_counter() - began) * 1000


async def _in_the_browser(house: House, rounds: int) -> list[Figure]:
    figures = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for name, path in house.looked_at.items():
            loads = [await _first_load(browser, house, path) for _ in range(rounds)]
            weight, paint, shift = ([load[key] for load in loads] for key in ("weight", "paint", "shift"))
            figures += [
                Figure(f"{name}: first load", "kB", weight, target=Target("value", "at most", 300)),
                Figure(f"{name}: largest paint", "ms", paint, target=Target("value", "at most", 2500)),
                Figure(f"{name}: layout shift", "", shift, target=Target("value", "at most", 0)),
            ]
        await browser.close()
    return figures


async def _first_load(browser: Any, house: House, path: str) -> dict[str, float]:
    """A page on a telephone that has never been here: kilobytes as sent, largest paint, layout shift."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    await context.add_cookies([dict(zip(("name", "value"), house.cookie, strict=True), url=house.up.url)])
    page: Page = await context.new_page()
    session = await context.new_cdp_session(page)
    weight: list[float] = []
    session.on("Network.loadingFinished", lambda told: weight.append(told["encodedDataLength"] / 1000))
    await session.send("Network.enable")
    network = {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP}
    await session.send("Network.emulateNetworkConditions", network)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    await page.add_init_script(WATCH)
    # The bell holds a stream open, so the network never falls silent: the load and a while are waited for.
    await page.goto(house.up.url + path, wait_until="load", timeout=60_000)
    await page.wait_for_timeout(2500)
    seen = await page.evaluate("window.seen")
    await context.close()
    return {"weight": sum(weight), "paint": float(seen["paint"]), "shift": float(seen["shift"])}


LIMIT = (
    "Three to six calls to services lie behind a page, each with its token, its statements and its "
    "JSON; then the frame is rendered and the page compressed, all on the two cores that the browser "
    "shares. Of the map only what has changed is made again, by the first who asks."
)

ABOUT = """\
`maillage up` in one process on SQLite, a region of 1,000 CPTS and 886 people, one request after another by a
member who is signed in: the time to the whole answer on loopback, portal and services included. Then
Chromium at 390 pixels by the DevTools protocol, processor slowed four times, network as Lighthouse's mobile
one (1.6 Mbit/s, 150 ms): bytes of a first load as sent, largest contentful paint, cumulative layout shift.
"""

BENCHMARK = Benchmark("pages", "Pages", ABOUT, run, order=70)
