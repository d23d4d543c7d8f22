"""Cases out of Hypothesis: all of them first, so that no thread waits for another call by call."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

MANY = settings(
    database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def drawn(operation: Any, mode: GenerationMode, count: int, number: int) -> list[tuple[Case, int]]:
    """Cases of one operation, each with a number for what is put into it; the same for the same number."""
    cases: list[tuple[Case, int]] = []

    @seed(number)
    @settings(parent=MANY, max_examples=count)
    @given(case=operation.as_strategy(generation_mode=mode), chance=st.integers(0, 2**32))
    def keep(case: Case, chance: int) -> None:
        cases.append((case, chance))

    with suppress(Unsatisfiable):  # an operation without parameters has no wrong ones
        keep()
    return cases
