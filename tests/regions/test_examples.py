"""The examples in deploy/nats are what the renderer gives today, and nats-server takes them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from maillage.testing.nats import find_server

ROOT = Path(__file__).parents[2]


def test_the_examples_are_the_rendered_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tools.nats_examples", str(tmp_path)], cwd=ROOT, check=True)
    committed = {path.name: path for path in (ROOT / "deploy" / "nats").glob("*.conf")}
    assert set(committed) == {path.name for path in tmp_path.iterdir()} == {"hub.conf", "leaf-fr-occ.conf"}
    for name, path in committed.items():
        text = path.read_text(encoding="utf-8")
        assert text == (tmp_path / name).read_text(encoding="utf-8"), "run: make contracts"
        referred = {found: f"secret-{found}" for found in re.findall(r"\$(MAILLAGE_BUS_\w+)", text)}
        environment = {**referred, "MAILLAGE_HUB_URL": "nats-leaf://fr-occ:secret@127.0.0.1:7422"}
        checked = subprocess.run(
            [find_server(), "-t", "-c", str(path)], capture_output=True, text=True, env=environment
        )
        assert checked.returncode == 0, checked.stderr
