"""Which worker of `make test` runs what: who shares a house goes together, and one begins at the other end.

Tests of whole houses come first and wait half of their time, for a bus, a leader or a browser. Meanwhile the
last worker takes the tests of single services from the end of the queue, which never wait; they meet where
everything is short. Without workers everything runs in the order of `testpaths`.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

LONGEST = (
    "tests/security/leaks",
    "conformance/tests/test_vices.py",
    "tests/house/test_demo.py",
    "tests/docs",
    "tests/journeys",
    "deploy/embedded/tests/test_up.py",
    "tests/house",
)
"""What everybody would wait for if it were begun last."""
_HOME = tuple(f"tests/house/test_{name}.py" for name in ("backup", "erased_bytes", "killed", "rebuilt"))
TOGETHER = (
    _HOME,
    ("tests/journeys",),
    ("tests/regions",),
    ("tests/security/leaks",),
)
"""Files that share one house, a fixture of `scope="package"`: apart, each worker would fill its own."""


def unit(test: str) -> str:
    """What a test is handed out with: its file, or all that share its house."""
    shared = next((places for places in TOGETHER if test.startswith(places)), None)
    return " ".join(shared) if shared else test.partition("::")[0]


def turn(test: str) -> int:
    """The place among those that are begun first, or behind them."""
    return next((turn for turn, place in enumerate(LONGEST) if test.startswith(place)), len(LONGEST))


class FromBothEnds(LoadFileScheduling):
    """Hands out units, to the last worker those at the end of the queue."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        if self.numnodes > 2 and node.gateway.id == f"gw{self.numnodes - 1}":
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In each worker the longest come first."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FromBothEnds | None:
    """Ours where tests are handed out by file."""
    return FromBothEnds(config, log) if config.option.dist == "loadfile" else None
