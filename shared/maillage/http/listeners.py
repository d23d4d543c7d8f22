"""How many live streams a caller may have open: each is a connection, and a question now and then.

They are counted in this process, as requests are: with several replicas a caller may have as many more.
"""

from __future__ import annotations

from uuid import UUID
from weakref import WeakSet

from sse_starlette import EventSourceResponse
from starlette.types import Receive, Scope, Send

from maillage.errors import TooMany


class TooManyStreams(TooMany):
    code = "too-many-streams"
    title_fr = "Trop de flux ouverts"
    title_en = "Too many live streams"
    detail_fr = "Vous en avez déjà autant que permis : fermez-en avant d’en ouvrir un autre."
    detail_en = "You have as many as allowed already: close one before you open another."


class Listeners:
    """The open streams by reader, at most `most` for each."""

    def __init__(self, most: int) -> None:
        self._most = most
        # One whose caller went before it began is never told so: it is forgotten with the answer itself.
        self._open: dict[UUID, WeakSet[EventSourceResponse]] = {}

    def admit(self, reader: UUID, stream: EventSourceResponse) -> None:
        """Count one more. Raises TooManyStreams."""
        if self.count(reader) >= self._most:
            raise TooManyStreams
        self._open.setdefault(reader, WeakSet()).add(stream)

    def leave(self, reader: UUID, stream: EventSourceResponse) -> None:
        """It has ended."""
        streams = self._open.get(reader, WeakSet())
        streams.discard(stream)
        if not streams:
            self._open.pop(reader, None)

    def count(self, reader: UUID) -> int:
        """How many of hers are open."""
        return len(self._open.get(reader, ()))


class Counted(EventSourceResponse):
    """A stream that leaves the count when it ends, however it does."""

    listeners: Listeners
    reader: UUID

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.listeners.leave(self.reader, self)
