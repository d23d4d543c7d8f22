"""Child processes that never outlive the test run, not even when it is killed."""

import contextlib
import ctypes
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOWEST_PORT = 20_000
"""Below it are ports that programs are known by."""


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
    """A port never given before by this process; 0, any port, where the kernel keeps too few for itself."""
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    except OSError:  # not Linux
        return 0
    if first < LOWEST_PORT + 2000:
        return 0
    return secrets.choice([port for port in range(LOWEST_PORT, first) if port not in _handed_out])
