"""What was asked of the house and what it answered: the history a checker compares everything with."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ACKNOWLEDGED, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"


@dataclass
class Operation:
    """One thing a client wanted, however often it had to ask for it.

    `facts` say what it would make true, in the checker's words. `outcome` stays unknown until the house has
    answered: a client that gave up cannot tell whether it was done.
    """

    number: int
    name: str
    facts: dict[str, Any]
    invoked_at: float
    outcome: str = UNKNOWN
    ended_at: float | None = None
    status: int | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    crashes: list[str] = field(default_factory=list)
    """The 500s among the answers: the house did not foresee what happened."""

    @property
    def acknowledged(self) -> bool:
        return self.outcome == ACKNOWLEDGED

    @property
    def unknown(self) -> bool:
        return self.outcome == UNKNOWN

    def end(self, outcome: str, status: int | None = None, answer: dict[str, Any] | None = None) -> None:
        """The house has answered."""
        self.outcome, self.status, self.answer = outcome, status, answer or {}
        self.ended_at = time.time()


class History:
    """All operations in the order they were invoked."""

    def __init__(self, operations: list[Operation] | None = None) -> None:
        self.operations = operations or []

    def invoke(self, name: str, **facts: Any) -> Operation:
        """Note that something is asked for, before it is."""
        operation = Operation(len(self.operations) + 1, name, facts, time.time())
        self.operations.append(operation)
        return operation

    def named(self, *names: str) -> Iterator[Operation]:
        """The operations of these names."""
        return (each for each in self.operations if each.name in names)

    def write(self, path: Path) -> None:
        """One JSON object a line."""
        lines = (json.dumps(asdict(each), ensure_ascii=False, default=str) for each in self.operations)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def summary(self) -> str:
        """How many of each name ended how."""
        counted: dict[str, dict[str, int]] = {}
        for each in self.operations:
            row = counted.setdefault(each.name, dict.fromkeys((ACKNOWLEDGED, REFUSED, UNKNOWN), 0))
            row[each.outcome] += 1
        return "\n".join(
            f"  {name:<12} " + ", ".join(f"{count} {outcome}" for outcome, count in row.items())
            for name, row in sorted(counted.items())
        )
