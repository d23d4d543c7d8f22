"""`maillage` commands as processes forked from one that has imported everything: none pays for the imports.

A house imports for seconds before it does anything, and the tests start dozens of houses and commands. The
services are imported too, and their handlers' parameters read: two thirds of what a house took to start. What
is forked here is a process of its own in every other respect: environment, folder, output, signals, status.
That the installed program starts from nothing is seen where it is run by its path (test_up, docs/).
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any

from maillage.testing.processes import die_with_parent

IMPORTED = (
    "alembic.command",
    "maillage.backup.restore",
    "maillage.backup.take",
    "maillage_embedded.demo.start",
    "maillage_embedded.doctor",
    "maillage_embedded.house",
    "maillage_embedded.token",
    "maillage_embedded.up",
)
LONGEST_REQUEST = 1 << 17


def serve(connection: socket.socket) -> None:
    """Fork a command for each request; returns in the child, with its own command to run, and at the end."""
    while request := socket.recv_fds(connection, LONGEST_REQUEST, 2):
        asked, outputs = request[0], request[1]
        if not asked:
            sys.exit()
        told = json.loads(asked)
        if "wait" in told:
            pid, status = os.waitpid(told["wait"], os.WNOHANG)
            connection.send(json.dumps(os.waitstatus_to_exitcode(status) if pid else None).encode())
            continue
        pid = os.fork()
        if pid == 0:
            connection.close()
            become(told, outputs)
            return
        for output in outputs:
            os.close(output)
        connection.send(json.dumps(pid).encode())


def become(told: dict[str, Any], outputs: list[int]) -> None:
    """Make this process the command's: its words, environment, folder and output; it ends with the tests."""
    if end_with_parent := die_with_parent(signal.SIGTERM):
        end_with_parent()
    for output, standard in zip(outputs, (1, 2), strict=True):
        os.dup2(output, standard)
        os.close(output)
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["folder"])
    sys.argv = ["maillage", *told["words"]]


def prepare() -> None:
    """Import what any command may need, and make what a process makes once."""
    for name in IMPORTED:
        importlib.import_module(name)
    routes = importlib.import_module("maillage.service.routes")
    for service in importlib.import_module("maillage.events.topology").installed_services():
        routes.routes_of(service)
    pages = importlib.import_module("maillage_portal.pages")
    for page in pkgutil.iter_modules(pages.__path__):
        importlib.import_module(f"{pages.__name__}.{page.name}")


def main() -> None:
    """Prepare, then serve until the tests end."""
    cli = importlib.import_module("maillage.cli")
    cli.build()
    prepare()
    assert threading.active_count() == 1, "a fork would have only one of the threads"
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
    cli.main()


class Nursery:
    """The process that has everything imported, seen from the tests."""

    def __init__(self) -> None:
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._one_at_a_time = threading.Lock()
        command = [sys.executable, "-P", __file__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        theirs.close()
        atexit.register(self.close)

    def close(self) -> None:
        """Let it end; it starts nothing more."""
        self._connection.close()
        self._process.wait(timeout=20)

    def ask(self, question: dict[str, Any], outputs: list[int] | None = None) -> Any:
        with self._one_at_a_time:
            socket.send_fds(self._connection, [json.dumps(question).encode()], outputs or [])
            answer = self._connection.recv(LONGEST_REQUEST)
        assert answer, "the process that has everything imported is gone"
        return json.loads(answer)


@functools.cache
def nursery() -> Nursery:
    """The nursery of this test process; it goes with it."""
    return Nursery()


class Process:
    """A running command, with what its callers use of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        if self.returncode is None:
            self.returncode = nursery().ask({"wait": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status. Raises subprocess.TimeoutExpired."""
        if self.poll() is None:
            ended = os.pidfd_open(self.pid)
            try:
                if not select.select([ended], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired("maillage", timeout or 0)
            finally:
                os.close(ended)
        status = self.poll()
        assert status is not None
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(*words: str, stdout: IO[Any], stderr: IO[Any], folder: str = "", **environment: str) -> Process:
    """`maillage` with these words, in this folder or the one named, in this environment and what is added."""
    folder = folder or str(Path.cwd())
    told = {"words": words, "environment": {**os.environ, **environment}, "folder": folder}
    return Process(nursery().ask(told, [stdout.fileno(), stderr.fileno()]))


def run(
    *words: str, timeout: float = 200, folder: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its status and what it said."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start(*words, stdout=out, stderr=err, folder=folder, **environment)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        said = []
        for output in (out, err):
            output.seek(0)
            said.append(output.read().decode())
    return subprocess.CompletedProcess(words, status, *said)


if __name__ == "__main__":
    main()
