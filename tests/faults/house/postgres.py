"""A PostgreSQL server that can be stopped, killed and started again on the same data and port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

import asyncpg
from maillage.testing.postgres import NoPostgresError, _find_binaries, _server_user
from maillage.testing.processes import die_with_parent, free_port

# What is committed survives the end of the process; only the machine's own end would need the disk.
OPTIONS = (
    "fsync=off",
    "unix_socket_directories=",
    "jit=off",
    "max_connections=150",
    "deadlock_timeout=500ms",
)


ACTIVITY = """
    SELECT datname, pid, pg_blocking_pids(pid) AS blocked_by, state, wait_event_type, wait_event,
           now() - xact_start AS in_transaction, now() - state_change AS since, query
    FROM pg_stat_activity WHERE datname IS NOT NULL ORDER BY datname, pid
"""


class Harmed(ABC):
    """What harms ask of a PostgreSQL server, wherever it runs."""

    @abstractmethod
    def url(self, database: str) -> str:
        """The address of a database for its administrator."""

    @abstractmethod
    def stop(self, how: signal.Signals) -> None:
        """SIGINT as an administrator does, anything else as a crash."""

    @abstractmethod
    def start(self) -> None:
        """Run it and wait until it takes connections."""


class Postgres(Harmed):
    """Debian's binaries on a folder. Raises NoPostgresError where there are none."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._binaries = _find_binaries()
        folder.mkdir(parents=True, exist_ok=True)
        self._user = _server_user(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> None:
        """Make the cluster."""
        command = [self._binaries / "initdb", "-D", self.folder / "data", "-U", "maillage", "--auth=trust"]
        made = subprocess.run(
            [*map(str, command), "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"],
            user=self._user,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise NoPostgresError(f"initdb failed: {made.stderr[-500:]}")

    def start(self) -> None:
        """Run it and wait until it takes connections. Raises TimeoutError with the log's end."""
        options = [part for option in OPTIONS for part in ("-c", option)]
        program = [str(self._binaries / "postgres"), "-D", str(self.folder / "data"), "-h", "127.0.0.1"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*program, "-p", str(self.port), *options],
                user=self._user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGQUIT),
            )
        ask = [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        deadline = time.monotonic() + 60
        while subprocess.run(ask, check=False).returncode:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError((self.folder / "log").read_text(errors="replace")[-1500:])
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT as an administrator does, SIGQUIT without a checkpoint, as a crash would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)

    async def activity(self) -> str:
        """Who is connected, what each was last asked, and who waits for whom."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            rows = await connection.fetch(ACTIVITY)
        finally:
            await connection.close()
        return "\n".join(str(dict(row)) for row in rows)

    def remove(self) -> None:
        """End it and throw its data away; what it said is kept beside."""
        self.stop(signal.SIGQUIT)
        if (said := self.folder / "log").exists():
            shutil.copy(said, self.folder.with_suffix(".log"))
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, port: int | None = None) -> str:
        """The address of a database, through another port when a proxy stands before the server."""
        return f"postgresql://maillage@127.0.0.1:{port or self.port}/{database}"

    async def create(self, database: str) -> None:
        """Make a database."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f'CREATE DATABASE "{database}"')
        finally:
            await connection.close()


def visible_to_server(folder: Path) -> None:
    """Let the server's user through the folders above its own: pytest makes them for their owner only."""
    if os.geteuid() == 0:
        for each in (folder, *folder.parents):
            if each.stat().st_mode & 0o005 != 0o005:
                each.chmod(each.stat().st_mode | 0o055)
