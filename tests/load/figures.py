"""What a benchmark is and what it gives: figures for the table, curves for the plots, what the limit is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Scale:
    """How much to measure: `quick` proves the harness within seconds. `folder` is for the run's own files."""

    quick: bool
    folder: Path

    def pick(self, quick: Any, full: Any) -> Any:
        """The value for this scale."""
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Target:
    """What the figure is asked to be: its value or its ratio to the peer, at least or at most `limit`."""

    of: Literal["value", "ratio"]
    bound: Literal["at least", "at most"]
    limit: float

    def is_met(self, got: float) -> bool:
        """Whether `got` is on the right side."""
        return got >= self.limit if self.bound == "at least" else got <= self.limit

    def words(self, unit: str) -> str:
        """As the table says it."""
        sign = "≥" if self.bound == "at least" else "≤"
        return f"ratio {sign} {self.limit:g}" if self.of == "ratio" else f"{sign} {self.limit:g} {unit}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: a case, what was measured in each round, and the peer's rounds beside it.

    `case` is unique within its benchmark. The ratio is ours to the peer's, round by round, then the median.
    """

    case: str
    unit: str
    ours: list[float]
    peer: list[float] = field(default_factory=list)
    peer_name: str = ""
    target: Target | None = None

    @property
    def value(self) -> float:
        """The median of our rounds."""
        return median(self.ours)

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios; None without a peer."""
        pairs = [ours / peer for ours, peer in zip(self.ours, self.peer, strict=False) if peer]
        return median(pairs) if pairs else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        got = self.ratio if self.target.of == "ratio" else self.value
        return got is not None and self.target.is_met(got)


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over one axis. `log` names the axes that are logarithmic: "", "x", "y" or "xy"."""

    name: str
    title: str
    x: str
    y: str
    curves: dict[str, list[tuple[float, float]]]
    log: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark found. `limit` says in a sentence or two what bounds the figures."""

    figures: list[Figure]
    plots: list[Plot] = field(default_factory=list)
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: `name` is its address on the page, `order` its place there.

    `about` says what is measured and against what, in a few sentences that stand on the page. One that stands
    `aside` is measured only when it is asked for by name.
    """

    name: str
    title: str
    about: str
    run: Callable[[Scale], Awaitable[Report]]
    order: int = 50
    aside: bool = False
