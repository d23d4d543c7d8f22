"""The catalogue as files: whole, self-contained, accessible."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from maillage.cli import build
from maillage_catalogue.export import export
from maillage_catalogue.queries import packaged_types
from typer.testing import CliRunner

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[2] / "portal/frontend/node_modules/axe-core/axe.min.js"
PATIENCE = 60_000  # milliseconds: far more than anything takes, for a browser on a busy machine
TYPES = [kind for kind in packaged_types().values() if kind.published_by]


class Links(HTMLParser):
    """Every address a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("export")
    export(made, "fr-pac")
    return made


def test_every_type_has_its_page_and_its_schema(folder: Path) -> None:
    assert {path.stem for path in (folder / "types").glob("*.html")} == {kind.short for kind in TYPES}
    for kind in TYPES:
        assert json.loads((folder / f"schemas/{kind.type}.json").read_text()) == kind.schema
    assert json.loads((folder / "asyncapi.json").read_text())["info"]["title"] == "Maillage: fr-pac"


def test_every_link_leads_to_a_file_beside_it(folder: Path) -> None:
    for page in folder.rglob("*.html"):
        links = Links()
        links.feed(page.read_text())
        assert links.found
        for link in links.found:
            target = page if link.startswith("#") else page.parent / link.split("#")[0]
            assert target.resolve().is_relative_to(folder.resolve()), link
            assert target.is_file(), (page.name, link)
    assert not re.search(r"url\(|@import|http", (folder / "style.css").read_text())


def test_an_export_again_removes_what_is_declared_no_more(folder: Path) -> None:
    old, own = folder / "types" / "gone.thing.left.v1.html", folder / "notes.txt"
    for path in (old, own):
        path.write_text("x")
    export(folder, "fr-pac")
    assert (old.exists(), own.exists()) == (False, True)


def test_the_command_says_what_it_wrote_or_why_not(tmp_path: Path) -> None:
    done = CliRunner().invoke(build(), ["catalogue", "export", str(tmp_path / "out"), "--region", "fr-cor"])
    assert done.exit_code == 0, done.output
    assert "index.html" in done.output
    assert "fr-cor" in (tmp_path / "out" / "index.html").read_text()
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"asyncapi": "2.6.0"}')
    for bad in (["--document", str(wrong)], ["--document", str(tmp_path / "absent.json")]):
        refused = CliRunner().invoke(build(), ["catalogue", "export", str(tmp_path / "no"), *bad])
        assert refused.exit_code == 1
    assert not (tmp_path / "no").exists()
    in_the_way = CliRunner().invoke(build(), ["catalogue", "export", str(wrong)])
    assert in_the_way.exit_code == 1
    assert "ne peut pas être écrit" in in_the_way.output


@pytest.mark.skipif(not (CHROMIUM.exists() and AXE.exists()), reason="no Chromium, or axe-core not installed")
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_ask_nothing_of_anyone_and_have_no_violation(folder: Path, width: int) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"], timeout=PATIENCE
        )
        page = chromium.new_page(viewport={"width": width, "height": 800})
        page.set_default_timeout(PATIENCE)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        longest = max(TYPES, key=lambda kind: len(kind.short)).short
        for name in ("index.html", f"types/{longest}.html"):
            page.goto((folder / name).as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.evaluate(AXE.read_text())
            found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
            assert [f"{name}: {each['id']} {each['nodes'][0]['html']}" for each in found] == []
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        chromium.close()
    assert all(url.startswith("file://") for url in asked), asked
