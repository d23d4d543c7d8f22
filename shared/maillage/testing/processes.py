"""Child processes that never outlive the test run, not even when it is killed."""

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable

from maillage.ports import unasked

PR_SET_PDEATHSIG = 1


def die_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that has the kernel send `how` to the child when its parent dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(how))

    return ask


def free_port() -> int:
    """A loopback port that nobody listens on, below those that the kernel gives to whoever asks for any.

    Between this look and the server that will listen, no connection of another test may come to sit there.
    """
    while True:
        port = _below_the_ephemeral()
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _handed_out.add(port)
            return int(probe.getsockname()[1])


_handed_out: set[int] = set()


def _below_the_ephemeral() -> int:
    """A port never given before by this process; 0, any port, where the kernel keeps none to itself.

    Each worker has ports of its own: what one has chosen may be free for as long as its server starts again.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = unasked()[worker :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    return secrets.choice([port for port in own if port not in _handed_out] or [0])
