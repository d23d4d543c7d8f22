"""The kit is installed without the services: it carries the schemas of the public types."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from maillage.cli import build
from maillage_conform.checks.schema import schemas
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]


def test_the_schemas_of_the_kit_are_those_of_the_public_types(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tools.public_schemas", str(tmp_path)], cwd=ROOT, check=True)
    folder = Path(str(files("maillage_conform"))) / "schemas"
    packaged, generated = (
        {path.name: path.read_text(encoding="utf-8") for path in each.glob("*.json")}
        for each in (folder, tmp_path)
    )
    assert packaged == generated, "run `make contracts`"


def test_anyone_may_have_the_schemas(tmp_path: Path) -> None:
    done = CliRunner().invoke(build(), ["conform", "--schemas", str(tmp_path / "schemas")])
    assert done.exit_code == 0
    written = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "schemas").iterdir()}
    assert written == schemas()
