"""Ports of this machine that are had only by whoever asks for that very one."""

from pathlib import Path

LOWEST = 20_000
"""Below it are ports that programs are known by."""
FEWEST = 2_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def unasked() -> range:
    """The ports that the kernel gives to no connection and no listener that asks for any.

    One of these that is free now is free until a server named it listens there. Empty where the kernel keeps
    too few of them, or tells nothing (not Linux).
    """
    try:
        first = int(_EPHEMERAL.read_text(encoding="ascii").split()[0])
    except OSError:
        return range(0)
    return range(LOWEST, first) if first >= LOWEST + FEWEST else range(0)
