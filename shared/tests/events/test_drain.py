"""What is at hand is taken without waiting, and what a slow process hears too late is not left lying."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from maillage.events import drain
from nats.aio.client import Client
from nats.aio.msg import Msg

Hear = Callable[[Msg], Awaitable[None]]


class Server:
    """As much of a client as a drain needs; `hear` is where its answers go."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.hear: Hear | None = None

    def new_inbox(self) -> str:
        return "_INBOX.drain"

    async def subscribe(self, _subject: str, cb: Hear) -> Server:
        self.hear = cb
        return self

    async def unsubscribe(self) -> None:
        """Nothing to do."""

    async def publish(self, _subject: str, body: bytes, reply: str) -> None:
        self.requests.append(body)

    async def answer(self, *numbers: int, done: bool = False) -> None:
        """Send these messages, and the status that says there are no more."""
        assert self.hear is not None
        for number in numbers:
            await self.hear(Msg(cast(Any, None), reply=f"$JS.ACK.S.C.1.{number}.{number}.1.0"))
        if done:
            await self.hear(Msg(cast(Any, None), headers={"Status": "404"}))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(drain, "_ANSWER_WITHIN", 0.01)
    return Server()


async def opened(server: Server) -> drain.Drain:
    made = drain.Drain(cast(Client, server), "S", "C")
    await made.open()
    return made


def numbers(messages: list[Msg]) -> list[int]:
    return [message.metadata.sequence.stream for message in messages]


async def test_what_comes_too_late_is_owed_and_taken_without_asking_again(server: Server) -> None:
    taking = await opened(server)
    await server.answer(1)
    assert numbers(await taking.take(5)) == [1]
    assert taking.owed == 4
    await server.answer(2, 3, done=True)
    assert numbers(await taking.take(5)) == [2, 3]
    assert taking.owed == 0
    assert len(server.requests) == 1


async def test_an_answer_that_never_comes_is_given_up(server: Server) -> None:
    taking = await opened(server)
    assert [await taking.take(5) for _ in range(3)] == [[], [], []]
    assert taking.owed == 0
    await server.answer(1, done=True)
    assert numbers(await taking.take(5)) == [1]
    assert len(server.requests) == 2


async def test_nothing_is_owed_once_as_many_came_as_were_asked_for(server: Server) -> None:
    taking = await opened(server)
    await server.answer(1, 2)
    assert numbers(await taking.take(2)) == [1, 2]
    assert taking.owed == 0
