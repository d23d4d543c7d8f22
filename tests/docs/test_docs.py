"""What the documentation says is true: its examples run, its commands exist, its links and paths resolve."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from maillage.cli import build
from maillage.testing.processes import free_port
from typer.testing import CliRunner

from tests.docs.page import PAGES, ROOT, Page
from tests.support.embedded import Embedded

CHEAP = ("make help", "maillage doctor", "maillage provision", "maillage topology", "maillage dlq list")
"""Commands that are run as they stand, for a house that runs; the others are only read as the shell would."""
FOLDERS = ("services/", "shared/", "deploy/", "tests/", "docs/", "tools/")

every_page = pytest.mark.parametrize("page", [Page(path) for path in PAGES], ids=lambda page: page.name)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    embedded = Embedded(tmp_path_factory.mktemp("docs") / "data")
    embedded.start()
    yield embedded
    embedded.stop()


def shell(script: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        env={**os.environ, "PATH": programs, **environment},
        cwd=cwd,
        stdout=subprocess.PIPE,
        text=True,
        timeout=570,
        check=False,
    )


@pytest.mark.timeout(600)
@every_page
def test_every_example_runs_and_says_what_the_page_expects(
    page: Page, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    blocks = page.blocks("sh")
    if not blocks:
        return
    marks = [f"@@ {page.name}:{block.line} @@" for block in blocks]
    steps = [f"echo; echo '{mark}'\n{block.text}" for mark, block in zip(marks, blocks, strict=True)]
    script = "\n".join(["set -eu -o pipefail", *steps])
    ports = {f"{name}_PORT": str(free_port()) for name in ("PACA", "LINK", "OCC", "KIT")}
    repo = _examples_of_its_own(tmp_path) if "npm ci" in script else ROOT
    ran = shell(script, tmp_path, REPO=str(repo), **ports, **_house_for(script, request))
    assert ran.returncode == 0, ran.stdout[-3000:]
    said = re.split("|".join(map(re.escape, marks)), ran.stdout)[1:]
    for block, output in zip(blocks, said, strict=True):
        for expected in block.expected:
            assert expected in output, f"{page.name}:{block.line}: no {expected!r} in\n{output[-3000:]}"


def _examples_of_its_own(folder: Path) -> Path:
    """What installs anew takes away what is installed, which another test may be running."""
    repo = folder / "repository"
    without = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
    shutil.copytree(ROOT / "examples", repo / "examples", ignore=without)
    return repo


def _house_for(script: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """Where the shared house is; nothing for a page that starts its own."""
    if "$BASE" not in script:
        return {}
    house = request.getfixturevalue("house")
    return {"BASE": house.url, "TOKEN": house.operator_token()}


def test_the_api_page_has_examples_that_expect_something() -> None:
    blocks = Page(ROOT / "docs" / "api.md").blocks("sh")
    assert len(blocks) > 12
    assert all(block.expected for block in blocks)


@every_page
def test_every_cheap_command_works(page: Page, request: pytest.FixtureRequest) -> None:
    lines = [line for block in page.blocks("console") for line in block.commands]
    for line in sorted({line for line in lines if line.startswith(CHEAP)}):
        program, *words = shlex.split(line)
        if program == "make":
            ran = shell(line, ROOT)
            assert ran.returncode == 0, f"{page.name}: {line}\n{ran.stdout}"
            continue
        data = str(request.getfixturevalue("house").data)
        words = [data if word == "data" else word for word in words]
        # In this process: starting Python for each command would take longer than all of them.
        done = CliRunner().invoke(build(), words, env={"MAILLAGE_DATA": data})
        assert done.exit_code == 0, f"{page.name}: {line}\n{done.output}\n{done.exception!r}"


@every_page
def test_every_make_target_exists(page: Page) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in page.commands():
        for named in re.findall(r"(?:^|[\s;&|(])make ([a-z-]+)", line):
            assert named in targets, f"{page.name}: {line}"


@every_page
def test_every_maillage_command_exists(page: Page) -> None:
    program = typer.main.get_command(build())
    for line in page.commands():
        for call in re.findall(r"(?:^|[\s(])maillage ([^)#;&|<>]+)", line):
            expect_taken(program, shlex.split(call), f"{page.name}: maillage {call}")


def expect_taken(command: Any, words: list[str], where: str) -> None:
    """Read the words as the program would, without doing anything."""
    while subcommands := getattr(command, "commands", None):
        assert words, f"{where}: which command?"
        name, *words = words
        assert name in subcommands, f"{where}: no command {name!r}"
        command = subcommands[name]
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    for word in words:
        if word.startswith("-"):
            assert word.partition("=")[0] in options, f"{where}: no option {word}"


@every_page
def test_every_link_within_the_repository_resolves(page: Page) -> None:
    for link in page.links():
        target, _, anchor = link.partition("#")
        if ":" in target:
            continue
        path = (page.path.parent / target).resolve() if target else page.path
        assert path.exists(), f"{page.name}: {link}"
        if anchor and path.suffix == ".md":
            assert anchor in Page(path).anchors(), f"{page.name}: {link}"


@every_page
def test_every_path_in_the_prose_exists(page: Page) -> None:
    for span in page.spans():
        if span.startswith(FOLDERS) and not re.search(r"[<>{}\s…]", span):
            assert any(ROOT.glob(span.rstrip("/"))), f"{page.name}: {span}"


def test_the_table_of_settings_is_that_of_the_settings_classes() -> None:
    script = ROOT / "tools" / "settings_table.py"
    ran = subprocess.run(
        [sys.executable, str(script), "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"run `python {script.relative_to(ROOT)}`\n{ran.stderr}"


def test_every_event_of_the_contracts_is_on_the_api_page() -> None:
    links = set(Page(ROOT / "docs" / "api.md").links())
    schemas = {f"../{path.relative_to(ROOT)}" for path in ROOT.glob("services/*/contract/schemas/*.json")}
    assert schemas <= links


def test_every_label_the_guide_quotes_is_one_of_the_portal() -> None:
    def plain(text: str) -> str:
        return " ".join(text.replace("’", "'").replace("\\'", "'").lower().split())

    portal = ROOT / "services" / "portal" / "maillage_portal"
    shown = plain(
        " ".join(path.read_text("utf-8") for path in portal.rglob("*.*") if path.suffix in (".html", ".py"))
    )
    labels = re.findall(r"«\s+(.+?)\s+»", Page(ROOT / "docs" / "guide.md").text, re.DOTALL)
    assert len(labels) > 30
    for label in labels:
        assert plain(label) in shown, label


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("```console\n$ make coffee\n```\n", test_every_make_target_exists),
        ("`maillage fly`", test_every_maillage_command_exists),
        ("`maillage dlq`", test_every_maillage_command_exists),
        ("1. x\n   ```console\n   $ maillage up --high\n   ```\n", test_every_maillage_command_exists),
        ("[x](nowhere.md)", test_every_link_within_the_repository_resolves),
        ("# Here\n[x](#there)", test_every_link_within_the_repository_resolves),
        ("`tests/nowhere.py`", test_every_path_in_the_prose_exists),
    ],
)  # fmt: skip
def test_a_page_that_says_something_wrong_is_found(tmp_path: Path, text: str, check: Any) -> None:
    page = tmp_path / "wrong.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match=r"wrong\.md"):
        check(Page(page))
