"""A real Chromium against a real house: what tests and the README's pictures share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.house import eventually
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
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, timeout=120_000)
        yield browser
        browser.close()


def sign_in(context: BrowserContext, house: Embedded, email: str) -> None:
    """As a person of the demo does it: her address, the code in the local mailbox, the code typed."""
    page = context.new_page()
    address = f"{house.url}/boite-aux-lettres?a={quote(email)}"
    before = _mails(page, address)
    page.goto(f"{house.url}/connexion")
    page.fill("input[name=email]", email)
    page.click("main form button")
    page.wait_for_url("**/connexion/code*")
    with page.expect_popup() as opened:
        page.click("main a[href^='/boite-aux-lettres']")
    mailbox = opened.value
    # The mail leaves after the answer, and others to this address may come before or after it.
    page.fill("input[name=code]", eventually(lambda: _code(mailbox, address, before), "a mail with a code"))
    page.click("main form button")
    page.wait_for_url(f"{house.url}/")
    mailbox.close()
    page.close()


def _mails(page: Page, address: str) -> set[str]:
    """The addresses of the mails that the mailbox shows."""
    page.goto(address)
    return set(page.eval_on_selector_all("main .rows a", "all => all.map(each => each.href)"))


def _code(mailbox: Page, address: str, before: set[str]) -> str | None:
    """The code in a mail that was not there before; None as long as none has come."""
    for mail in _mails(mailbox, address) - before:
        mailbox.goto(mail)
        found = re.search(r"^ +(\d{3}) (\d{3})$", mailbox.text_content("pre.mail-text") or "", re.MULTILINE)
        if found:
            return "".join(found.groups())
    return None
