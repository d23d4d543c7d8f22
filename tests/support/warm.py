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
from collections.abc import MutableMapping
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

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
SHARED = "MAILLAGE_TEST_WARM"
"""Where the name of a socket is that several test processes share one such process by."""


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
    """Prepare for the first who asks, then fork for each a process that serves until its connection ends."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    connection, _ = listener.accept()
    cli = importlib.import_module("maillage.cli")
    cli.build()
    prepare()
    assert threading.active_count() == 1, "a fork would have only one of the threads"
    gc.freeze()
    while os.fork():
        connection.close()
        connection, _ = listener.accept()
    listener.close()
    serve(connection)
    cli.main()


class Root:
    """The process that has everything imported; it ends with who started it, those that it serves later."""

    def __init__(self) -> None:
        self.address = f"\0maillage-warm-{uuid4().hex}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(self.address)
            listener.listen()
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(listener.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        atexit.register(self.close)

    def close(self) -> None:
        """Let it end; nobody can connect to it any more."""
        self._process.terminate()
        self._process.wait(timeout=20)


def share(environment: MutableMapping[str, str]) -> None:
    """Have all who start with this environment forked from one process; it imports for the first who asks."""
    environment[SHARED] = Root().address[1:]


class Nursery:
    """A connection to the process that has everything imported, and what it has forked for it."""

    def __init__(self) -> None:
        shared = os.environ.get(SHARED)
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._connection.connect(f"\0{shared}" if shared else Root().address)
        self._one_at_a_time = threading.Lock()
        atexit.register(self._connection.close)

    def ask(self, question: dict[str, Any], outputs: list[int] | None = None) -> Any:
        with self._one_at_a_time:
            socket.send_fds(self._connection, [json.dumps(question).encode()], outputs or [])
            answer = self._connection.recv(LONGEST_REQUEST)
        assert answer, "the process that has everything imported is gone"
        return json.loads(answer)


@functools.cache
def nursery() -> Nursery:
    """The nursery of this test process; what it has forked goes with it."""
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
