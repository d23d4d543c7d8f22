"""Identifiers: UUIDv7, which sort by creation and need no central counter."""

from __future__ import annotations

import os
import time
from collections import deque
from uuid import UUID

_VERSION, _VARIANT = 7 << 76, 2 << 62
_LOW, _HIGH = (1 << 62) - 1, (1 << 12) - 1
_PIECE, _PIECES = 10, 256
_drawn: deque[bytes] = deque()
_last = 0
# A child process must not draw what its parent draws.
os.register_at_fork(after_in_child=_drawn.clear)


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562) as a plain `uuid.UUID`; within a process each is greater than the last.

    The system's randomness is drawn for many at once: each draw is a system call.
    """
    global _last
    _last = max(time.time_ns() // 1_000_000, _last + 1)
    drawn = int.from_bytes(_draw(), "big")
    high, low = drawn >> 62 & _HIGH, drawn & _LOW
    return UUID(int=_last << 80 | _VERSION | high << 64 | _VARIANT | low)


def _draw() -> bytes:
    while True:
        try:
            return _drawn.pop()  # atomic: no two threads are given the same
        except IndexError:
            fresh = os.urandom(_PIECE * _PIECES)
            _drawn.extend(fresh[at : at + _PIECE] for at in range(0, len(fresh), _PIECE))
