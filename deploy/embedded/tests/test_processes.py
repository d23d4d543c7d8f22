"""`maillage up --processes`: the same house in pieces, each of which may die alone."""

import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.timeout(600)


def process_of(module: str, data: Path) -> int | None:
    """The process that runs `python -m module` for this folder."""
    for entry in Path("/proc").iterdir():
        try:
            parts = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if module.encode() in parts and str(data.resolve()).encode() in (entry / "environ").read_bytes():
                return int(entry.name)
        except OSError:
            continue
    return None


def test_each_piece_has_its_process_and_comes_back(house: Any, eventually: Any) -> None:
    house.arguments = ("--no-demo", "--processes")
    house.start()
    portal = httpx.get(f"http://127.0.0.1:{house.port}/", timeout=60)
    assert portal.status_code == 200
    assert "Maillage" in portal.text
    assert httpx.get(f"http://127.0.0.1:{house.port}/api/nobody/v1/x", timeout=60).status_code == 404
    operator = house.operator()
    assert operator.get("/directory/v1/me").status_code == 200

    before = process_of("maillage_mentoring", house.data)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert operator.get("/directory/v1/me").status_code == 200, "the others go on"
    after = eventually(
        lambda: (pid := process_of("maillage_mentoring", house.data)) != before and pid, "another runs", 90
    )
    eventually(lambda: operator.get("/mentoring/v1/readyz").status_code == 200, "and is ready", 120)

    house.end(signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{after}").exists() and not house.nats_servers(), "no orphan")
