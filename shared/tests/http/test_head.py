"""HEAD says what GET would, without the body: caches, probes and link checkers ask so."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from maillage.layers import HeadMiddleware
from starlette.responses import StreamingResponse

OF_THE_REQUEST = ("traceparent", "x-request-id", "ratelimit")


def told(answer: httpx.Response) -> dict[str, str]:
    """The headers that do not name the request itself."""
    return {name: value for name, value in answer.headers.items() if name not in OF_THE_REQUEST}


async def test_the_same_headers_and_no_body(notes: Any) -> None:
    await notes.write("été")
    for path in ("/notes", f"/notes/{(await notes.write('b')).json()['id']}"):
        got, asked = await notes.client.get(path), await notes.client.head(path)
        assert (asked.status_code, asked.content) == (200, b"")
        assert told(asked) == told(got)
        assert int(asked.headers["content-length"]) == len(got.content)


async def test_a_version_known_already(notes: Any) -> None:
    made = await notes.write("b")
    known = {"If-None-Match": made.headers["etag"]}
    assert (await notes.client.head(f"/notes/{made.json()['id']}", headers=known)).status_code == 304


@pytest.mark.parametrize(
    ("path", "status"), [("/notes?sort=x", 400), ("/people/x", 401), ("/nothing", 404), ("/slips", 405)]
)
async def test_refusals_are_those_of_get(notes: Any, path: str, status: int) -> None:
    answer = await notes.client.head(path)
    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.status_code == (await notes.client.get(path)).status_code
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_it_is_counted_as_head_on_its_route(notes: Any) -> None:
    await notes.client.head("/notes")
    metrics = (await notes.client.get("/metrics")).text
    line = next(line for line in metrics.splitlines() if 'method="HEAD"' in line)
    assert "/notes" in line


async def test_the_document_names_no_operation_more(notes: Any) -> None:
    paths = (await notes.client.get("/openapi.json")).json()["paths"]
    assert not [path for path, operations in paths.items() if "head" in operations]


async def test_a_stream_without_end_is_answered() -> None:
    app, left = FastAPI(), asyncio.Event()

    async def ticks() -> Any:
        try:
            while True:
                yield b"tick"
                await asyncio.sleep(0.01)
        finally:
            left.set()

    @app.get("/ticks")
    async def stream() -> StreamingResponse:
        return StreamingResponse(ticks())

    app.add_middleware(HeadMiddleware)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await asyncio.wait_for(client.head("/ticks"), 60)
    assert (answer.status_code, answer.content) == (200, b"")
    await asyncio.wait_for(left.wait(), 60)
