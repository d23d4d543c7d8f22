"""Whatever does not answer, an operator's command says so in a line and ends with status 1, without a trace.

Each command of the command line stands here with how it is called, or with why nothing around it can fail.
"""

from __future__ import annotations

import gc
import os
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer
from maillage import cli
from maillage.testing.nats import NatsServer

REGION = "fr-nor"
TARGET, REGIONS = "{tmp}/backup", "{tmp}/regions"
NEEDS_BUS = {
    "provision": [],
    "dlq list": [],
    "dlq show": ["1"],
    "dlq replay": ["1"],
    "dlq discard": ["--all"],
    "stream repair": [],
    "backup": [TARGET],
    "region remove": ["fr-occ", "--delete-feed", "--regions", REGIONS],
}
NEEDS_DATABASE = {
    "token": ["animatrice@exemple.fr"],
    "setup": [],
    "stream repair": [],
    "backup": [TARGET],
}
NEEDS_HOUSE = {
    "demo": ["--url", "http://127.0.0.1:{closed}"],
    "region check": ["fr-occ", "--data", "{tmp}/nothing"],
    "restore": ["{tmp}/nothing.tar"],
}
READS_AND_WRITES_FILES = {
    "topology",
    "nats config",
    "region add",
    "region list",
    "secrets",
    "catalogue export",
}
SPEAKS_FOR_ITSELF = {"up", "doctor", "mail-sink", "conform"}
"""Start servers or examine, in lines of their own (`conform` ends with 2): tested where they are."""


def _names(group: Any, *above: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _names(command, *above, name)
        else:
            yield " ".join((*above, name))


def test_every_command_stands_here() -> None:
    group = typer.main.get_command(cli.build())
    known = {*NEEDS_BUS, *NEEDS_DATABASE, *NEEDS_HOUSE, *READS_AND_WRITES_FILES, *SPEAKS_FOR_ITSELF}
    assert set(_names(group)) == known


class _Refusing(socketserver.StreamRequestHandler):
    """A PostgreSQL that knows no password: enough of the protocol to say so."""

    def handle(self) -> None:
        # Who has been refused once may hang up elsewhere, which is nothing to speak of on standard error.
        with suppress(struct.error, ConnectionError):
            while True:
                size = struct.unpack("!I", self.rfile.read(4))[0]
                (code,) = struct.unpack("!I", self.rfile.read(size - 4)[:4])
                if code != 80877103:  # anything but a question for TLS
                    break
                self.request.sendall(b"N")
            fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0"
            self.request.sendall(b"E" + struct.pack("!I", len(fields) + 4) + fields)


@pytest.fixture(scope="module")
def refusing() -> Iterator[int]:
    """The port of a database server that refuses everybody."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refusing) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def closed() -> Iterator[int]:
    """A port that is taken and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


class Line:
    """The command line in this process, in a bare environment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: Any, tmp_path: Path, closed: int) -> None:
        for name in [name for name in os.environ if name.startswith("MAILLAGE_")]:
            monkeypatch.delenv(name)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "regions").mkdir()
        self.monkeypatch, self.capfd, self.tmp, self.closed = monkeypatch, capfd, tmp_path, closed

    def told(self, command: str, arguments: list[str], **environment: str) -> str:
        """What it says on its way out, which must be one line and status 1."""
        for name, value in environment.items():
            self.monkeypatch.setenv(f"MAILLAGE_{name.upper()}", value)
        words = [each.format(tmp=self.tmp, closed=self.closed) for each in arguments]
        self.monkeypatch.setattr(sys, "argv", ["maillage", *command.split(), *words])
        gc.collect()  # what tests before have left undone may say so, now rather than in the middle
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = self.capfd.readouterr().err
        if isinstance(end.value.code, str):  # the interpreter prints it and ends with 1
            said += end.value.code
        else:
            assert end.value.code == 1, said
        lines = [line for line in said.splitlines() if line.strip()]
        assert len(lines) == 1, said
        assert "Traceback" not in said
        return lines[0]


@pytest.fixture
def line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path, closed: int
) -> Line:
    return Line(monkeypatch, capfd, tmp_path, closed)


@pytest.fixture(scope="module")
def bus(nats_server: NatsServer) -> str:
    """A bus with the streams of a region that no other test has."""
    options = {"MAILLAGE_NATS_URL": nats_server.url, "MAILLAGE_REGION": REGION}
    with pytest.MonkeyPatch.context() as patched:
        for name, value in options.items():
            patched.setenv(name, value)
        patched.setattr(sys, "argv", ["maillage", "provision"])
        with pytest.raises(SystemExit) as end:
            cli.main()
    assert end.value.code in (0, None)
    return nats_server.url


def _postgres(port: int) -> str:
    return f"postgresql+asyncpg://{{service}}:secret@127.0.0.1:{port}/{{service}}"


@pytest.mark.parametrize("command", NEEDS_BUS)
def test_without_a_bus(line: Line, command: str) -> None:
    told = line.told(command, NEEDS_BUS[command], nats_url=f"nats://127.0.0.1:{line.closed}")
    assert "NATS ne répond pas" in told
    assert "secret" not in told


@pytest.mark.parametrize("command", NEEDS_DATABASE)
def test_without_a_database(line: Line, bus: str, command: str) -> None:
    told = line.told(
        command,
        NEEDS_DATABASE[command],
        nats_url=bus,
        region=REGION,
        service_databases=_postgres(line.closed),
    )
    assert "relancez" in told
    assert "secret" not in told


@pytest.mark.parametrize("command", NEEDS_DATABASE)
def test_with_a_password_that_the_database_refuses(line: Line, bus: str, refusing: int, command: str) -> None:
    told = line.told(
        command, NEEDS_DATABASE[command], nats_url=bus, region=REGION, service_databases=_postgres(refusing)
    )
    assert "mot de passe" in told
    assert "secret" not in told


@pytest.mark.parametrize("command", NEEDS_HOUSE)
def test_without_a_house(line: Line, command: str) -> None:
    assert line.told(command, NEEDS_HOUSE[command], service_databases=_postgres(line.closed))


def test_a_fault_of_ours_keeps_its_trace(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what stands around a command is worded away: a bug must be seen."""

    def broken() -> Any:
        raise KeyError("ours")

    monkeypatch.setattr(cli, "build", lambda: broken)
    with pytest.raises(KeyError):
        cli.main()
