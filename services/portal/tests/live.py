"""The portal and its fake house on a real port, and a real Chromium: what the browser tests share."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fake_house import FakeHouse
from fake_sign_in import GOOD_CODE
from maillage_portal.app import build
from maillage_portal.settings import PortalSettings
from playwright.sync_api import Page, expect, sync_playwright

PATIENCE = 60_000
"""Milliseconds: far more than anything takes, for a browser on a busy machine."""
expect.set_options(timeout=PATIENCE)
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parent.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Live:
    """A running portal, and a browser to look at it with."""

    url: str
    house: FakeHouse
    chromium: Any

    @contextmanager
    def page(self, width: int = 1280, *, dark: bool = False, scripts: bool = True) -> Iterator[Page]:
        """A page of a new, anonymous browser profile; fails when the page logs an error."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900},
            locale="fr-FR",
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        page: Page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        yield page
        context.close()
        real = [said for said in complaints if "Failed to load resource" not in said]
        assert not real, real

    def sign_in(self, page: Page, email: str) -> None:
        """Both steps, by hand."""
        page.goto(self.url + "/connexion")
        page.fill("#f-email", email)
        page.click("main button.btn")
        page.fill("#f-code", GOOD_CODE)
        page.click("main button.btn")
        page.wait_for_url(lambda url: "/connexion" not in url)


@contextmanager
def running(keys_dir: Path) -> Iterator[Live]:
    """Starts portal and browser, and stops them."""
    house = FakeHouse()
    settings = PortalSettings(environment="demo", public_url="http://127.0.0.1", keys_dir=keys_dir)
    app = build(settings, httpx.ASGITransport(house.app))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, timeout=PATIENCE)
        yield Live(f"http://127.0.0.1:{port}", house, chromium)
        chromium.close()
    server.should_exit = True
    thread.join(10)


def focused(page: Page, name: str) -> None:
    """Wait until the element with this id has the focus, which is given some time after the page came."""
    page.wait_for_function("name => document.activeElement.id === name", arg=name)


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page, one line per rule with its first place."""
    if not page.evaluate("typeof window.axe?.run === 'function'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
        page.add_init_script(path=AXE)  # the pages that follow bring it along, for a third of the time
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{rule['id']}: {rule['help']} – {rule['nodes'][0]['html'][:160]}" for rule in found["violations"]
    ]
