"""A house is at rest when it was so twice, and no event came into the stream between the two looks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import settling
from tests.faults.settling import Look, until_settled


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        """The looks are made up: nothing is to be waited for."""

    monkeypatch.setattr(settling.asyncio, "sleep", at_once)


async def settled(*looks: Look, patience: float = 60) -> tuple[list[str], int]:
    """What is left, and how many looks it took; the last look is what there is from then on."""
    made = 0

    async def look(_house: Any) -> Look:
        nonlocal made
        made += 1
        return looks[min(made, len(looks)) - 1]

    house: Any = None
    return await until_settled(house, patience, look), made


async def test_an_event_on_its_way_from_a_journal_to_the_stream_is_waited_for() -> None:
    """The stream was looked at before it came there, its journal after it had left."""
    on_its_way, consumed = Look([], 10), Look([], 11)
    assert await settled(on_its_way, Look(["events has 1 events to come"], 11), consumed, consumed) == ([], 4)
    assert await settled(on_its_way, consumed, consumed) == ([], 3)


async def test_what_does_not_move_is_told() -> None:
    stuck = Look(["directory has 1 erasures open"], 10)
    left, _ = await settled(Look(["directory has 2 erasures open"], 9), stuck, patience=0.05)
    assert left == stuck.waits
