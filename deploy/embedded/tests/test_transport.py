"""Calling an application in this process: answers stream, and a caller that leaves undoes nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from maillage_embedded.transport import InProcessTransport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route


class Stage:
    """An application whose moments a test can watch and hold."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.entered = asyncio.Event()
        self.finished = asyncio.Event()
        routes = [
            Route("/echo", self.echo, methods=["POST"]),
            Route("/stream", self.stream),
            Route("/slow", self.slow, methods=["POST"]),
            Route("/broken", self.broken),
        ]
        self.client = httpx.AsyncClient(
            transport=InProcessTransport(Starlette(routes=routes)), base_url="http://house"
        )

    async def echo(self, request: Request) -> Response:
        body = (await request.body()).decode()
        client = request.client.host if request.client else None
        return JSONResponse({"body": body, "query": dict(request.query_params), "client": client})

    async def stream(self, _request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                yield b"first"
                await self.go_on.wait()
                yield b"second"
            finally:
                self.finished.set()

        return StreamingResponse(pieces())

    async def slow(self, _request: Request) -> Response:
        self.entered.set()
        await self.go_on.wait()
        self.finished.set()
        return PlainTextResponse("done")

    async def broken(self, _request: Request) -> Response:
        raise LookupError("broken")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    await made.client.aclose()


async def test_a_request_arrives_as_it_was_sent(stage: Stage) -> None:
    headers = {"X-Forwarded-For": "203.0.113.7"}
    answer = await stage.client.post("/echo?a=é", content="corps", headers=headers)
    assert answer.json() == {"body": "corps", "query": {"a": "é"}, "client": "203.0.113.7"}


async def test_a_stream_is_read_while_it_is_written(stage: Stage) -> None:
    async with asyncio.timeout(60), stage.client.stream("GET", "/stream") as answer:
        pieces = answer.aiter_bytes()
        assert await anext(pieces) == b"first"
        stage.go_on.set()
        assert await anext(pieces) == b"second"


async def test_leaving_a_stream_ends_it(stage: Stage) -> None:
    async with asyncio.timeout(60):
        async with stage.client.stream("GET", "/stream") as answer:
            assert await anext(answer.aiter_bytes()) == b"first"
        await stage.finished.wait()


async def test_a_caller_that_goes_away_does_not_undo_her_request(stage: Stage) -> None:
    asking = asyncio.create_task(stage.client.post("/slow"))
    await stage.entered.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    stage.go_on.set()
    async with asyncio.timeout(60):
        await stage.finished.wait()


async def test_a_broken_application_answers_as_over_a_socket(stage: Stage) -> None:
    assert (await stage.client.get("/broken")).status_code == 500


@pytest.mark.parametrize("answers_first", [False, True])
async def test_no_whole_answer_is_a_broken_connection(answers_first: bool) -> None:
    async def half(_scope: Any, _receive: Any, send: Any) -> None:
        if answers_first:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise LookupError("broken")

    async with httpx.AsyncClient(transport=InProcessTransport(half), base_url="http://house") as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/")
