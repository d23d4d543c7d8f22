"""What every web server of the house is told alike."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

_HEAD = b"HTTP/"


class OnePiece(H11Protocol):
    """h11, whose answers leave in one piece.

    uvicorn writes an answer's head, then its body: two system calls, two packets, and who reads wakes twice.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As H11Protocol.connection_made."""
        super().connection_made(cast(asyncio.Transport, _Joining(transport)))


class _Joining:
    """The transport. An answer's head waits for what follows at once, and goes alone where nothing does."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._head = b""
        self._alone: asyncio.Handle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """As Transport.write."""
        if self._alone is not None:
            self._transport.write(self._taken() + data)
        elif data.startswith(_HEAD):
            self._head, self._alone = data, self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """As Transport.close."""
        if self._alone is not None:
            self._flush()
        self._transport.close()

    def _flush(self) -> None:
        self._transport.write(self._taken())

    def _taken(self) -> bytes:
        if self._alone is not None:
            self._alone.cancel()
        head, self._head, self._alone = self._head, b"", None
        return head


PARSER = OnePiece
"""Who reads requests. uvicorn would take httptools where it happens to be installed: it is four times as
quick at it, which is a twentieth of a request, and keeps whatever headers are sent, without an end. h11
refuses more than 64 kB."""
