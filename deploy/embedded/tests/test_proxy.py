"""The proxy of `--processes`: dispatches by path, passes everything on as it is, buffers nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from maillage_embedded.proxy import Proxy
from maillage_embedded.up import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, lifespan="off", log_level="critical", timeout_graceful_shutdown=1)
        server = Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110  # it has no event to wait for
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


class Upstream:
    """A service that tells what it got, and streams when asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.go_on = asyncio.Event()
        self.left = asyncio.Event()
        self.app = Starlette(
            routes=[
                Route("/api/directory/v1/stream", self.stream),
                Route("/{path:path}", self.tell, methods=["GET", "POST"]),
            ]
        )

    async def tell(self, request: Request) -> Response:
        body = {
            "name": self.name,
            "path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "host": request.headers["host"],
            "visitor": request.headers.get("x-forwarded-for"),
            "body": (await request.body()).decode(),
        }
        response = JSONResponse(body, status_code=418)
        response.set_cookie("one", "1")
        response.set_cookie("two", "2")
        return response

    async def stream(self, _request: Request) -> Response:
        async def events() -> AsyncIterator[str]:
            try:
                yield "data: 1\n\n"
                await self.go_on.wait()
                yield "data: 2\n\n"
            finally:
                self.left.set()

        return StreamingResponse(events(), media_type="text/event-stream")


@asynccontextmanager
async def down() -> AsyncIterator[int]:
    """A port of nobody's: taken, so that no other test's server sits there, and never listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@asynccontextmanager
async def proxied() -> AsyncIterator[tuple[httpx.AsyncClient, Upstream]]:
    directory, portal = Upstream("directory"), Upstream("portal")
    async with (
        down() as dead_port,
        serving(directory.app) as directory_url,
        serving(portal.app) as portal_url,
        httpx.AsyncClient(trust_env=False, timeout=60) as inner,
    ):
        addresses = {"directory": directory_url, "events": f"http://127.0.0.1:{dead_port}"}
        async with (
            serving(Proxy(addresses, portal_url, inner)) as url,
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client,
        ):
            yield client, directory


async def test_a_request_passes_as_it_is() -> None:
    async with proxied() as (client, _):
        answer = await client.post("/api/directory/v1/a%2Fb?q=%C3%A9&q=2", content="corps")
        assert answer.status_code == 418
        told = answer.json()
        assert told["name"] == "directory"
        assert told["path"] == "/api/directory/v1/a%2Fb"
        assert told["query"] == "q=%C3%A9&q=2"
        assert told["body"] == "corps"
        assert told["visitor"] == "127.0.0.1"
        assert told["host"] == client.base_url.netloc.decode()
        assert len(answer.headers.get_list("set-cookie")) == 2
        assert (await client.get("/carte")).json()["name"] == "portal"


async def test_what_is_nowhere_and_what_is_down_are_said_as_problems() -> None:
    async with proxied() as (client, _):
        unknown, down = await client.get("/api/other/v1/x"), await client.get("/api/events/v1/seminars")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")
    assert (down.status_code, down.json()["code"]) == (503, "unavailable")
    assert down.headers["content-type"] == "application/problem+json"


async def test_events_are_not_held_back_and_a_leaving_reader_is_noticed() -> None:
    async with proxied() as (client, directory), asyncio.timeout(60):
        async with client.stream("GET", "/api/directory/v1/stream") as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == "data: 1"
            directory.go_on.set()
            await anext(lines)
            assert await anext(lines) == "data: 2"
        directory.go_on.clear()
        directory.left.clear()
        async with client.stream("GET", "/api/directory/v1/stream") as answer:
            assert await anext(answer.aiter_lines()) == "data: 1"
        await directory.left.wait()
