"""No 500 without its reason: what crashed in this process, and in the houses a test has started beside it.

A crash is answered with a page or a problem that tells nobody how we are built, and logged by type and place.
Whoever only sees the answer of a test run that is over can explain nothing. So the whole traceback is kept
from the moment it happens, messages included, for people here are invented; a failed test shows it.
"""

from __future__ import annotations

import sys
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

LOGGERS = ("maillage.http.middleware", "maillage_portal.security")
"""The modules that log what nobody has caught, by their `log`."""
MOST = 50
_CRASHED = b'-crashed"'
_SHOWN_BYTES = 20_000


class Crashes:
    """What crashed in this process since it was last asked, the oldest first."""

    def __init__(self) -> None:
        self._kept: deque[str] = deque(maxlen=MOST)

    def listen(self) -> None:
        """Hear of every crash from now on, in whichever of `LOGGERS` has been imported. May be done again."""
        for name in LOGGERS:
            module: Any = sys.modules.get(name)
            if module is not None and not isinstance(module.log, _Heard):
                module.log = _Heard(module.log, self._kept)

    def taken(self) -> list[str]:
        """The tracebacks, which are not told twice."""
        found = list(self._kept)
        self._kept.clear()
        return found


class _Heard:
    """A logger that keeps the exception as it is before it logs what logs may say of it."""

    def __init__(self, log: Any, kept: deque[str]) -> None:
        self._log, self._kept = log, kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def exception(self, event: str, **more: Any) -> None:
        """Within an `except` block, as its namesake."""
        told = " ".join((event, *(f"{name}={value}" for name, value in more.items())))
        self._kept.append(f"{told}\n{traceback.format_exc()}")
        self._log.exception(event, **more)


crashes = Crashes()
_beside: dict[Path, int] = {}
"""The log files of houses in other processes, each with how much of it was there when the test began."""


def watch(log: Path) -> None:
    """A file in which a house beside this process logs; `*` in its name stands for anything."""
    _beside.setdefault(log, 0)


def crashed_beside() -> list[str]:
    """The lines of the watched files that tell of a crash, those written since the test began."""
    found = []
    for path in _files():
        with path.open("rb") as file:
            file.seek(_beside.get(path, 0))
            lines = [line.decode(errors="replace") for line in file if _CRASHED in line]
        found += [f"{path.name}: {line[:_SHOWN_BYTES].rstrip()}" for line in lines]
    return found


def _files() -> list[Path]:
    return sorted({each for path in list(_beside) for each in path.parent.glob(path.name)})


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call() -> None:
    """Only what a test itself has seen is shown with it."""
    crashes.listen()
    crashes.taken()
    for path in _files():
        with suppress(FileNotFoundError):  # a log that is full is renamed just now
            _beside[path] = path.stat().st_size


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Iterator[None]:
    """What crashed stands under a failure, whatever the test has said of it."""
    report: Any = yield
    if call.when == "call" and report.failed and (told := [*crashes.taken(), *crashed_beside()]):
        report.sections.append(("What crashed meanwhile", "\n".join(told)))
    return report
