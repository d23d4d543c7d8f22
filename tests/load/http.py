"""A load generator that costs little beside what it measures: prepared requests on kept connections."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"


def prepare(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> bytes:
    """One request as it goes over the wire."""
    parts = urlsplit(url)
    payload = b"" if body is None else json.dumps(body).encode()
    sent = {"Host": parts.netloc, "Content-Length": str(len(payload)), **(headers or {})}
    if payload:
        sent["Content-Type"] = "application/json"
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    return "\r\n".join(lines).encode() + HEAD_END + payload


@dataclass
class Connection:
    """One kept connection; `ask` sends a prepared request and gives status and body."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, url: str) -> Connection:
        """To the server of this address."""
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Raises IncompleteReadError when the server closes, ValueError for an answer without a length."""
        self.writer.write(request)
        head = await self.reader.readuntil(HEAD_END)
        status = int(head[9:12])
        place = head.lower().find(b"content-length:")
        if place >= 0:
            length = int(head[place + 15 : head.index(b"\r\n", place)])
            return status, await self.reader.readexactly(length)
        if b"chunked" in head.lower():
            return status, await self._chunks()
        raise ValueError(f"no length: {head[:200]!r}")

    async def _chunks(self) -> bytes:
        body = b""
        while length := int(await self.reader.readuntil(b"\r\n"), 16):
            body += (await self.reader.readexactly(length + 2))[:-2]
        await self.reader.readexactly(2)
        return body

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


@dataclass
class Load:
    """What a run of clients saw: each answer's `seconds`, and the `span` of it all."""

    span: float = 0.0
    seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.span


async def press(urls: list[str], requests: Iterator[bytes], clients: int, span: float, status: int) -> Load:
    """So many clients, each asking again as soon as it is answered, for `span` seconds; spread over `urls`.

    Ends early when the requests do. Raises AssertionError for an answer with another status.
    """
    connections = [await Connection.open(urls[number % len(urls)]) for number in range(clients)]
    load = Load()
    started = time.perf_counter()
    deadline = started + span

    async def ask_on(connection: Connection) -> None:
        asked = False
        while (begun := time.perf_counter()) < deadline or not asked:  # once at least, however late its turn
            asked = True
            request = next(requests, None)
            if request is None:
                return
            got, body = await connection.ask(request)
            assert got == status, f"{got}: {body[:500]!r}"
            load.seconds.append(time.perf_counter() - begun)

    try:
        await asyncio.gather(*(ask_on(each) for each in connections))
    finally:
        for each in connections:
            each.close()
    load.span = time.perf_counter() - started
    return load
