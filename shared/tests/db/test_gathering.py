"""What comes while a statement is under way shares the next one, and nobody suffers for a neighbour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from maillage.db.gathering import MOST, Entered, Gathering
from sqlalchemy.exc import DBAPIError


class Desk:
    """Work that notes its batches, waits for `gate` and doubles what it is asked; refuses odd numbers."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.gathering = Gathering(self.connect)
        self.connections: list[str] = []

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[str]:
        self.connections.append("open")
        try:
            yield "open"
        finally:
            self.connections.append("closed")

    async def work(self, _connection: Any, asked: Sequence[int]) -> list[int]:
        self.batches.append(list(asked))
        await self.gate.wait()
        if odd := [number for number in asked if number % 2]:
            raise ValueError(odd)
        return [2 * number for number in asked]

    def ask(self, number: int, kind: str = "even") -> asyncio.Task[int]:
        return asyncio.create_task(self.gathering.do(kind, self.work, number))

    async def begun(self, batches: int) -> None:
        async with asyncio.timeout(60):
            while len(self.batches) < batches:  # noqa: ASYNC110
                await asyncio.sleep(0)


async def test_those_who_come_meanwhile_go_together() -> None:
    desk = Desk()
    desk.gate.clear()
    first = desk.ask(2)
    await desk.begun(1)
    later = [desk.ask(number) for number in (4, 6, 8)]
    other = desk.ask(10, "of another kind")  # does not wait for them
    await desk.begun(2)
    desk.gate.set()
    assert await asyncio.gather(first, *later, other) == [4, 8, 12, 16, 20]
    assert desk.batches == [[2], [10], [4, 6, 8]]


async def test_a_batch_has_an_end_and_an_order() -> None:
    desk = Desk()
    asked = [2 * number for number in range(MOST + 6)]
    assert await asyncio.gather(*(desk.ask(number) for number in asked)) == [2 * each for each in asked]
    assert desk.batches == [asked[:MOST], asked[MOST:]]
    assert await desk.ask(2) == 4  # and it begins anew


async def test_one_that_fails_fails_alone() -> None:
    desk = Desk()
    outcomes = await asyncio.gather(*(desk.ask(each) for each in (2, 3, 4)), return_exceptions=True)
    assert (outcomes[0], outcomes[2]) == (4, 8)
    assert isinstance(outcomes[1], ValueError)
    assert desk.batches == [[2, 3, 4], [2], [3], [4]]


async def test_what_may_have_been_committed_is_not_tried_again() -> None:
    desk = Desk()

    async def broken(_connection: Any, asked: Sequence[int]) -> list[int]:
        desk.batches.append(list(asked))
        raise DBAPIError("INSERT", None, Exception("gone"), connection_invalidated=True)

    calls = [desk.gathering.do("broken", broken, number) for number in (2, 4)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(each) for each in outcomes] == [DBAPIError, DBAPIError]
    assert desk.batches == [[2, 4]]


async def test_who_is_gone_harms_nobody() -> None:
    desk = Desk()
    desk.gate.clear()
    first = desk.ask(2)
    await desk.begun(1)
    gone, stays = desk.ask(4), desk.ask(6)
    await asyncio.sleep(0)  # both wait
    first.cancel()
    gone.cancel()
    await asyncio.gather(first, gone, return_exceptions=True)
    desk.gate.set()
    assert await stays == 12
    assert desk.batches == [[2], [6]]  # what had begun went on, what had not was left out


async def test_who_is_alone_asks_by_herself_over_one_connection() -> None:
    desk = Desk()
    async with Entered(desk.gathering) as first:
        assert [await first.do("even", desk.work, each) for each in (2, 4)] == [4, 8]
        assert desk.connections == ["open"]
        async with Entered(desk.gathering) as second:
            both = asyncio.gather(*(each.do("even", desk.work, 6) for each in (first, second)))
            assert await both == [12, 12]
    assert desk.batches == [[2], [4], [6, 6]]
    assert desk.connections == ["open", "open", "closed", "closed"]


async def test_who_is_cancelled_alone_leaves_the_house_open() -> None:
    desk = Desk()
    desk.gate.clear()

    async def enter() -> int:
        async with Entered(desk.gathering) as entered:
            done: int = await entered.do("even", desk.work, 2)
            return done

    gone = asyncio.create_task(enter())
    await desk.begun(1)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    desk.gate.set()
    assert await enter() == 4
    assert desk.gathering.inside == 0


async def test_nobody_waits_for_work_that_was_ended() -> None:
    desk = Desk()
    desk.gate.clear()
    first = desk.ask(2)
    await desk.begun(1)
    second = desk.ask(4)
    await asyncio.sleep(0)
    await desk.gathering.end()
    with pytest.raises(asyncio.CancelledError):
        await first
    with pytest.raises(asyncio.CancelledError):
        await second
