"""What every web server of the house is told alike."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_HEAD = b"HTTP/"
PATIENCE = 30.0
"""Seconds that a caller has for a request's headers, from the first byte or from the connection on."""


class OnePiece(H11Protocol):
    """h11, whose answers leave in one piece, and which waits for no request for ever.

    uvicorn writes an answer's head, then its body: two system calls, two packets, and who reads wakes twice.
    It waits without an end for headers that come a byte at a time, or never: a thousand such connections, and
    nobody else has one. (Bodies: maillage.layers.)
    """

    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As H11Protocol.connection_made."""
        super().connection_made(cast(asyncio.Transport, _Joining(transport)))
        self._wait()

    def data_received(self, data: bytes) -> None:
        """As H11Protocol.data_received."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """As H11Protocol.connection_lost."""
        super().connection_lost(exc)
        self._wait_no_more()

    def _wait(self) -> None:
        """A request whose headers are not all here is waited for from its beginning on."""
        if self.conn.their_state is not h11.IDLE:
            self._wait_no_more()
        elif self._overdue is None:
            self._overdue = self.loop.call_later(PATIENCE, self._give_up)

    def _wait_no_more(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        self._overdue = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


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
