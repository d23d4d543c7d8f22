"""The page's service from its command line: contract files, migration, serving and draining."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from maillage.service import Service, main
from maillage.service.runner import DrainingServer
from maillage.testing.processes import free_port
from maillage.trust import trusted
from openapi_spec_validator import validate
from sse_starlette.sse import AppStatus


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file the service is told to keep its data in."""
    path = tmp_path / "wall.db"
    for name in [name for name in os.environ if name.startswith("MAILLAGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.setenv("MAILLAGE_MAILBOX_DIR", str(tmp_path))
    return path


def test_contract_files(
    wall: Service, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "contract"
    (folder / "schemas").mkdir(parents=True)
    (folder / "schemas" / "fr.maillage.wall.gone.v1.json").touch()
    main(wall, ["contract", str(folder)])
    openapi: dict[str, Any] = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    validate(openapi)
    assert json.loads((folder / "asyncapi.json").read_text(encoding="utf-8"))["asyncapi"] == "3.0.0"
    assert [path.name for path in (folder / "schemas").iterdir()] == ["fr.maillage.wall.thanks.given.v1.json"]
    for name in ("openapi", "asyncapi"):
        main(wall, [name])
        assert capsys.readouterr().out == (folder / f"{name}.json").read_text(encoding="utf-8")
    assert not database.exists(), "writing the contract needs no database"


def test_unknown_command(wall: Service, database: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(wall, ["dance"])
    assert caught.value.code == 2


def test_migrating_with_a_secret_from_a_file(
    wall: Service, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAILLAGE_DATABASE_URL")
    (tmp_path / "url").write_text(f"sqlite:///{database}\n")
    monkeypatch.setenv("MAILLAGE_DATABASE_URL_FILE", str(tmp_path / "url"))
    main(wall, ["migrate"])
    main(wall, ["migrate"])
    assert database.exists()


class Served:
    """The service in a process of its own."""

    def __init__(self, wall_folder: Path, folder: Path, **environment: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "wall.log"
        own = {"PYTHONPATH": str(wall_folder), "MAILLAGE_PORT": str(port), **environment}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "maillage_wall", "serve"],
                env=os.environ | own,
                cwd=folder,
                stdout=output,
                stderr=output,
            )

    def status(self, path: str) -> int | None:
        """The status of an answer, None when nobody answers."""
        try:
            return httpx.get(f"{self.url}{path}", verify=trusted(), timeout=60).status_code
        except httpx.TransportError:
            return None

    def until(self, wanted: int) -> None:
        """Waits for this status of /readyz."""
        deadline = time.monotonic() + 120
        while self.status("/readyz") != wanted:
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)


@pytest.fixture
def served(wall_folder: Path, database: Path, tmp_path: Path) -> Iterator[Served]:
    started = Served(wall_folder, tmp_path, MAILLAGE_MIGRATE_ON_START="false", MAILLAGE_DRAIN_SECONDS="120")
    yield started
    started.process.kill()
    started.process.wait()


def test_served_from_first_migration_to_last_answer(served: Served, wall: Service) -> None:
    served.until(503)
    assert httpx.get(f"{served.url}/readyz", timeout=60).json()["checks"]["schema"] is False
    main(wall, ["migrate"])
    served.until(200)
    assert httpx.get(f"{served.url}/api/wall/v1/thanks", timeout=60).json() == {"items": [], "next": None}
    served.process.send_signal(signal.SIGTERM)
    served.until(503)
    assert served.status("/api/wall/v1/thanks") == 200, "it answers while others learn that it will not"
    assert served.status("/livez") == 200
    served.process.send_signal(signal.SIGTERM)  # enough: the second one does not wait
    assert served.process.wait(timeout=60) in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in served.log.read_text(encoding="utf-8").splitlines()]
    events = [line["event"] for line in lines]
    assert events.index("service-started") < events.index("request") < events.index("service-stopped")
    assert {line["service"] for line in lines if line["event"] == "request"} == {"wall"}


async def test_a_second_signal_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppStatus, "should_exit", False)  # set below, and ends every stream of this process
    drained: list[str] = []
    server = DrainingServer(uvicorn.Config("none"), drain=lambda: drained.append("x"), drain_seconds=60)
    server.handle_exit(signal.SIGTERM, None)
    await asyncio.sleep(0)
    assert drained
    assert not server.should_exit
    server.handle_exit(signal.SIGTERM, None)
    assert server.should_exit
