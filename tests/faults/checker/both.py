"""The evidence of two regions that are linked, and what either shows of the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.checker.evidence import Evidence


@dataclass(frozen=True)
class Both:
    """What is found in each of the two."""

    hub: Evidence
    leaf: Evidence

    def ways(self) -> Iterator[tuple[Evidence, Evidence]]:
        """Each region as the one that speaks, with the other, which hears."""
        yield self.hub, self.leaf
        yield self.leaf, self.hub

    def write(self, folder: Path) -> None:
        """Each region's in a folder of its own."""
        for each in (self.hub, self.leaf):
            each.write(folder / each.region)
