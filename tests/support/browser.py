"""A real Chromium against a real house: what tests and the README's pictures share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.support.embedded import Embedded

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


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser for the time of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


def sign_in(context: BrowserContext, house: Embedded, email: str) -> None:
    """As a person of the demo does it: her address, the code in the local mailbox, the code typed."""
    page = context.new_page()
    page.goto(f"{house.url}/connexion")
    page.fill("input[name=email]", email)
    page.click("main form button")
    page.wait_for_url("**/connexion/code*")
    with page.expect_popup() as opened:
        page.click("main a[href^='/boite-aux-lettres']")
    mailbox = opened.value
    mailbox.click("main .rows a >> nth=0")
    mailbox.wait_for_selector("pre.mail-text", state="attached")
    found = re.search(r"\b(\d{3})\s?(\d{3})\b", mailbox.text_content("pre.mail-text") or "")
    assert found, "the newest mail to this address holds a code"
    page.fill("input[name=code]", "".join(found.groups()))
    page.click("main form button")
    page.wait_for_url(f"{house.url}/")
    mailbox.close()
    page.close()
