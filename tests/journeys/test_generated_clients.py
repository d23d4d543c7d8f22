"""The generated clients build, and the examples of the API page that use them call a real house."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.docs.page import ROOT, Page
from tests.journeys.house import House
from tools.clients import python_clients, typescript_clients

PAGE = Page(ROOT / "docs" / "api.md")
pytestmark = pytest.mark.timeout(900)


def example(language: str) -> str:
    """The page's only example in that language."""
    (block,) = PAGE.blocks(language)
    return block.text


@pytest.fixture(scope="module")
def program(house: House) -> Iterator[dict[str, str]]:
    """The environment of a program that has a key, a CPTS for it to find and somebody it may not find."""
    body = {"name": f"Programme d’exemple {uuid4().hex[:8]}", "scopes": ["directory:read"]}
    key = house.operator.call("POST", "directory/v1/api-keys", body)
    house.found_cpts(f"CPTS de l’Exemple {uuid4().hex[:8]}")
    house.person("Odile", "Garrigoul")
    yield {**os.environ, "BASE": house.base_url, "SECRET": key["secret"]}
    house.operator.change("DELETE", f"directory/v1/api-keys/{key['id']}")


def run(*command: str | Path, cwd: Path, env: dict[str, str]) -> str:
    ran = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_python_client_is_typed_and_calls(program: dict[str, str], tmp_path: Path) -> None:
    python_clients(tmp_path)
    (tmp_path / "example.py").write_text(example("python"), encoding="utf-8")
    run(sys.executable, "-m", "compileall", "-q", "maillage_clients", cwd=tmp_path, env=program)
    # As with any installed package, what the example says is judged, not the generator's own code.
    checked = ("mypy", "--strict", "--follow-imports", "silent", "example.py")
    run(sys.executable, "-m", *checked, cwd=tmp_path, env=program)
    assert "Exemple" in run(sys.executable, "example.py", cwd=tmp_path, env=program)


def test_the_typescript_client_is_typed_and_calls(program: dict[str, str], tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine: the TypeScript client was not built")
    own = tmp_path / "src" / "example.ts"
    own.parent.mkdir()
    own.write_text(example("ts").replace('"maillage-clients"', '"./index.js"'), encoding="utf-8")
    typescript_clients(tmp_path)
    assert "Exemple" in run(node, "dist/example.js", cwd=tmp_path, env=program)
