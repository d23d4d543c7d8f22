"""Headers without an end do not fill a server: it is told who reads them, and that one stops."""

from __future__ import annotations

import ast
import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from maillage.webserver import PARSER

ROOT = Path(__file__).parents[2]
SENT = 8_000_000
"""Bytes of headers sent at most: more than a server and the buffers of two sockets take without reading."""


async def _never(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("a request without an end was taken for a whole one")


@pytest.mark.asyncio
async def test_headers_without_an_end_are_refused() -> None:
    config = uvicorn.Config(_never, http=PARSER, log_config=None, lifespan="off")
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve([door]))
    told = b""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.getsockname()[1])
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        async with asyncio.timeout(120):
            with suppress(ConnectionError):
                for _ in range(SENT // 60_000):
                    writer.write(b"x: " + 60_000 * b"x" + b"\r\n")
                    await writer.drain()
                writer.write(b"\r\n")
                told = await reader.read(100)
        writer.close()
    finally:
        server.force_exit = server.should_exit = True
        await running
    assert told == b"" or told.startswith(b"HTTP/1.1 400")  # hung up on, or told first


@pytest.mark.asyncio
async def test_headers_that_come_slowly_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand such connections were as many as a server may have, and stayed (more: test_webserver.py)."""
    monkeypatch.setattr("maillage.webserver.PATIENCE", 0.2)
    config = uvicorn.Config(_never, http=PARSER, log_config=None, lifespan="off")
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve([door]))
    try:
        slow = [await asyncio.open_connection("127.0.0.1", door.getsockname()[1]) for _ in range(20)]
        for _, writer in slow:
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nx: ")
        async with asyncio.timeout(120):
            for reader, _ in slow:
                with suppress(ConnectionError):  # hung up on while it was still sending
                    assert await reader.read() == b""
    finally:
        server.should_exit = True
        await running


def _servers() -> Iterator[tuple[str, set[str | None]]]:
    """Where our code makes a web server, and what it tells it."""
    for folder in ("shared/maillage", "services", "deploy"):
        for path in (ROOT / folder).rglob("*.py"):
            if {"tests", "testing"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("uvicorn.Config", "uvicorn.run"):
                    place = path.relative_to(ROOT).as_posix()
                    yield f"{place}:{node.lineno}", {each.arg for each in node.keywords}


def test_every_server_is_told_who_reads() -> None:
    told = dict(_servers())
    assert len(told) >= 3, "services, portal and the house in one process: the scan is broken"
    assert not [place for place, options in told.items() if "http" not in options]
