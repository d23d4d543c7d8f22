"""An answer leaves in one piece, none waits for what does not come, and no connection waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from maillage.webserver import PARSER
from uvicorn.config import Config
from uvicorn.server import ServerState

Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Send], Awaitable[None]]
ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Wire(asyncio.Transport):
    """Notes each write; `said` is set at each."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False
        self.said = asyncio.Event()

    def write(self, data: Any) -> None:
        if data:
            assert not self.closed
            self.writes.append(bytes(data))
            self.said.set()

    def close(self) -> None:
        self.closed = True
        self.said.set()

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""


def answering(*bodies: bytes, gate: asyncio.Event | None = None) -> App:
    """Answers with these pieces: of a length it tells, or once `gate` is set, of one that it does not."""
    told = [] if gate else [(b"content-length", b"%d" % sum(map(len, bodies)))]

    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": told})
        if gate is not None:
            await gate.wait()
        for body in bodies:
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body"})

    return app


@asynccontextmanager
async def asked(app: App, request: bytes = ASKED) -> AsyncIterator[Wire]:
    """What is written to who sent `request`, from the first write on."""
    config = Config(app, http=PARSER, log_config=None, lifespan="off")
    config.load()
    protocol, wire = PARSER(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    protocol.data_received(request)
    async with asyncio.timeout(60):
        await wire.said.wait()
        yield wire
        await asyncio.gather(*protocol.tasks)


async def test_head_and_body_are_one_write() -> None:
    async with asked(answering(b"four")) as wire:
        (answer,) = wire.writes
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\nfour")


async def test_a_body_in_pieces_keeps_its_order() -> None:
    pieces = (b"HTTP/", b"HTTP/1.1", b"end")
    async with asked(answering(*pieces)) as wire:
        pass
    assert b"".join(wire.writes).endswith(b"\r\n\r\nHTTP/HTTP/1.1end")


async def test_the_head_of_a_stream_does_not_wait_for_its_body() -> None:
    gate = asyncio.Event()
    async with asked(answering(b"event", gate=gate)) as wire:
        (head,) = wire.writes
        assert head.startswith(b"HTTP/1.1 200")
        assert b"event" not in head
        gate.set()
    assert b"event" in b"".join(wire.writes[1:])


async def test_an_answer_without_a_body_leaves_too() -> None:
    async with asked(answering()) as wire:
        pass
    assert b"".join(wire.writes).endswith(b"\r\n\r\n")


@pytest.mark.parametrize("request_", [LAST, b"no request\r\n\r\n"])
async def test_what_is_written_before_the_end_comes(request_: bytes) -> None:
    async with asked(answering(b"four"), request_) as wire:
        while not wire.closed:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert b"".join(wire.writes).startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))


async def test_who_asks_whether_to_go_on_is_told_so() -> None:
    async def app(_scope: Any, receive: Any, send: Send) -> None:
        await receive()
        await answering(b"four")(_scope, receive, send)

    expecting = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    config = Config(app, http=PARSER, log_config=None, lifespan="off")
    config.load()
    protocol, wire = PARSER(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    protocol.data_received(expecting)
    async with asyncio.timeout(60):
        await wire.said.wait()
        assert wire.writes == [b"HTTP/1.1 100 Continue\r\n\r\n"]
        protocol.data_received(b"{}")
        await asyncio.gather(*protocol.tasks)
    assert wire.writes[-1].endswith(b"four")


def connected(app: App) -> tuple[Any, Wire]:
    """A connection on which nothing was said yet."""
    config = Config(app, http=PARSER, log_config=None, lifespan="off")
    config.load()
    protocol, wire = PARSER(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    return protocol, wire


@pytest.mark.parametrize("before", [b"", ASKED], ids=["first", "second"])
@pytest.mark.parametrize("dripping", [False, True], ids=["silent", "dripping"])
async def test_headers_that_do_not_end_are_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, before: bytes, dripping: bool
) -> None:
    """A byte now and then buys no time, in a first request and in one after an answer."""
    monkeypatch.setattr("maillage.webserver.PATIENCE", 0.05)
    protocol, wire = connected(answering(b"four"))
    if before:
        protocol.data_received(before)
        await asyncio.gather(*protocol.tasks)
    protocol.data_received(b"GET / HTTP/1.1\r\nX: ")
    async with asyncio.timeout(60):
        while not wire.closed:
            await asyncio.sleep(0.001)
            if dripping and not wire.closed:
                protocol.data_received(b"x")
    assert len(wire.writes) == bool(before)


async def test_a_connection_on_which_nothing_is_said_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maillage.webserver.PATIENCE", 0)
    _, wire = connected(answering(b"four"))
    async with asyncio.timeout(60):
        await wire.said.wait()
    assert wire.closed


async def test_a_slow_body_and_a_slow_answer_are_no_slow_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maillage.webserver.PATIENCE", 0)
    gate = asyncio.Event()
    protocol, wire = connected(answering(b"four", gate=gate))
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
    for _ in range(20):
        await asyncio.sleep(0)
    assert not wire.closed
    protocol.data_received(b"}")
    gate.set()
    await asyncio.gather(*protocol.tasks)
    assert b"four" in b"".join(wire.writes)
