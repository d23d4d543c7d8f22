"""Who is slow, or makes us slow, holds up nobody else; and who changes a header is still who she is.

| threat | test |
|---|---|
| a regular expression that takes for ever (ReDoS) | test_no_pattern_of_ours_takes_more_than_its_share |
| headers and bodies that come a byte at a time | test_slow_senders_hold_up_nobody |
| a file whose rest comes a byte now and then | test_a_file_that_drips_is_ended_with_an_answer |
| a rate limit avoided by X-Forwarded-For and the like | test_no_header_gives_a_caller_another_quota |
| slow headers and bodies, too large ones, at the proxy | test_slow_proxy.py |
"""

from __future__ import annotations

import ast
import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from maillage import layers

from tests.contracts.installed import SERVICES
from tests.security.house import ORDER, House

ROOT = Path(__file__).parents[2]
USES = {"compile", "fullmatch", "match", "search", "sub", "split", "findall", "finditer"}
SHORT = 1000
MOST_RATIO = 3.2
"""Twice the text takes twice the time; a pattern that goes back over it takes four times as much, or more."""
WORTH_JUDGING = 0.004
"""Seconds: below, a ratio is the clock's noise, and the pattern is no danger at this length."""


TRUSTED = {"services/notifications/maillage_notifications/rendering/formats.py": "reads our own templates"}


def _patterns() -> Iterator[tuple[str, str, str]]:
    """Every pattern that our Python code gives to `re`: its place, the function, the pattern."""
    for folder in ("shared/maillage", *(f"services/{name}" for name in (*ORDER, "portal"))):
        for path in (ROOT / folder).rglob("*.py"):
            if "tests" in path.parts or "testing" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in USES
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "re"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                    and isinstance(node.args[0].value, str)
                ):
                    place = path.relative_to(ROOT).as_posix()
                    if place not in TRUSTED:
                        yield f"{place}:{node.lineno}", node.func.attr, node.args[0].value


def _adversaries(length: int) -> Iterator[str]:
    for piece in (
        "a",
        "0",
        " ",
        "-",
        "a-",
        "a.",
        "<",
        "<a ",
        "&",
        "\n",
        "é",
        "a@",
        "%41",
        "\\",
        "{",
        "\t ",
        "_a",
        "A",
    ):
        yield (piece * length)[:length] + "\x00"
        yield "a" + (piece * length)[:length] + "!"


def _cost(pattern: re.Pattern[str], use: str, text: str, times: int = 7) -> float:
    """Seconds of this thread's processor time, the best of so many times."""
    run = getattr(pattern, use) if use in ("fullmatch", "match") else pattern.search
    best = float("inf")
    for _ in range(times):
        began = time.thread_time()
        run(text)
        best = min(best, time.thread_time() - began)
    return best


def _worst(use: str, text: str) -> float:
    """How many times as long it takes for twice the text, at the worst; 1 where nothing is worth judging."""
    worst, pattern = 1.0, re.compile(text)
    for short, long in zip(_adversaries(SHORT), _adversaries(2 * SHORT), strict=True):
        # A busy machine may make one look slow: what is fast at its best is not judged.
        if (
            _cost(pattern, use, long, 1) > WORTH_JUDGING
            and (took := _cost(pattern, use, long)) > WORTH_JUDGING
        ):
            worst = max(worst, took / max(_cost(pattern, use, short), 1e-9))
    return worst


def test_no_pattern_of_ours_takes_more_than_its_share() -> None:
    """Pydantic's own patterns run on an engine without going back; these are Python's."""
    found = list(_patterns())
    assert len(found) > 10, "the scan found next to nothing: it is broken"
    ratios = {place: _worst(use, text) for place, use, text in found}
    assert not {place: ratio for place, ratio in ratios.items() if ratio > MOST_RATIO}


def test_the_scan_knows_a_pattern_that_goes_back() -> None:
    assert _worst("search", r"[^\s@]+@[^\s@]+") > MOST_RATIO


@asynccontextmanager
async def _listening(app: Any) -> AsyncIterator[int]:
    """The application behind a real server, as `maillage_directory serve` runs it, on a free port."""
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", proxy_headers=True, forwarded_allow_ips="10.0.0.1"
    )
    door = socket.create_server(("127.0.0.1", 0))  # who comes before the server does waits at the door
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve([door]))
    try:
        yield door.getsockname()[1]
    finally:
        server.force_exit = server.should_exit = True
        await running


@pytest.mark.asyncio(loop_scope="session")
async def test_slow_senders_hold_up_nobody(house: House) -> None:
    """Half-sent requests that write wait for their senders without the writer's lock."""
    token = house.tokens.animator(house.ids["animator"])["Authorization"]
    head = f"POST /api/directory/v1/cpts HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
    body = f"{head}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n" + '{"name": '
    async with _listening(house.services["directory"].app) as port:
        waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
        for number, (_, writer) in enumerate(waiting):
            writer.write((body if number % 2 else head).encode())
            await writer.drain()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            made = await client.post(
                "/api/directory/v1/cpts",
                json={"name": "CPTS pressée", "communes": ["04112"]},
                headers={"Authorization": token},
            )
        assert made.status_code == 201, made.text
        for _, writer in waiting:
            writer.close()
    house.touched("directory")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_file_that_drips_is_ended_with_an_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than the proxy keeps (16 kB) comes at once, so it is the service that waits for the rest."""
    monkeypatch.setattr(layers, "BODY_SECONDS", 0.2)
    token = house.tokens.animator(house.ids["animator"])["Authorization"]
    head = (
        f"POST /api/directory/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 200000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    async with _listening(house.services["directory"].app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + b"x" * 20_000)

        async def drip() -> None:
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        told = b""
        async with asyncio.timeout(60):
            with suppress(ConnectionError):  # more drips in while it closes: its answer has come by then
                while piece := await reader.read(65536):
                    told += piece
        dripping.cancel()
        writer.close()
    assert told.startswith(b"HTTP/1.1 408")
    assert b'"code":"too-slow"' in told


@pytest.mark.asyncio(loop_scope="session")
async def test_no_header_gives_a_caller_another_quota(house: House) -> None:
    """She who may write headers comes from one address; only a trusted proxy says another (none is here)."""
    spoofed = (
        {"X-Forwarded-For": "203.0.113.7"},
        {"X-Forwarded-For": "203.0.113.8, 10.0.0.1"},
        {"Forwarded": "for=203.0.113.9"},
        {"X-Real-IP": "203.0.113.10"},
        {"True-Client-IP": "203.0.113.11"},
        {"Authorization": "Bearer made-up"},
        {"Host": "evil.example"},
    )
    given = house.services["notifications"].settings.model_copy(update={"rate_limit_anonymous": "100/hour"})
    app = SERVICES["notifications"].build(given, workers=False, keys=house.tokens.keys)
    async with (
        _listening(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        left = []
        for headers in ({}, *spoofed):
            answer = await client.get("/api/notifications/v1/mailbox?limit=1", headers=headers)
            left.append(int(re.search(r"r=(\d+)", answer.headers["ratelimit"])[1]))  # type: ignore[index]
    assert left == list(range(left[0], left[0] - len(left), -1)), left
