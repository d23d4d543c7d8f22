"""Take the README's pictures: a demo house of its own is started, looked at in Chromium, and stopped.

Usage: `make screenshots`, or `python -m tools.screenshots FOLDER`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.support.browser import chromium, sign_in
from tests.support.embedded import Embedded

NEWCOMER = "camille.roux@exemple.fr"
PICTURES = {
    "home": "/",
    "map": "/annuaire?challenge=desertification-medicale",
    "seminar": "/seminaires",
}
WIDTHS = {1280: 960, 390: 844}


def take(context: BrowserContext, house: Embedded, folder: Path, width: int) -> None:
    """The pictures of one width."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    for name, path in PICTURES.items():
        page.goto(house.url + path)
        page.wait_for_load_state("networkidle" if name == "map" else "load")
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{width}.png")
    page.close()


def main(folder: Path) -> None:
    """Writes `<page>-<width>.png` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        house = Embedded(Path(temporary) / "data", ("--demo",))
        house.start()
        house.wait_for_demo()
        try:
            with chromium() as browser:
                context = browser.new_context(locale="fr-FR", color_scheme="light")
                sign_in(context, house, NEWCOMER)
                for width in WIDTHS:
                    take(context, house, folder, width)
        finally:
            house.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
