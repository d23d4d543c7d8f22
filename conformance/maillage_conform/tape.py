"""What a stream says, kept in order for as long as a run lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy

from maillage_conform.messages import Seen

LOOK_BACK = 5000
"""How many messages of an older stream are read at most."""
OURS = "maillage conform"
"""What the kit's own consumers say of themselves, so that they are not taken for the service's."""
Wanted = Callable[[Seen], bool]


class Tape:
    """Follows a stream through an ordered consumer of its own; `seen` grows."""

    def __init__(self, jetstream: JetStreamContext, stream: str) -> None:
        self._jetstream, self._stream = jetstream, stream
        self._news = asyncio.Condition()
        self._subscription: Any = None
        self.seen: list[Seen] = []

    async def start(self) -> None:
        """Begin at most LOOK_BACK messages ago and return when the history has been read.

        Raises NotFoundError when there is no such stream.
        """
        state = (await self._jetstream.stream_info(self._stream)).state
        begin = max(state.first_seq, state.last_seq - LOOK_BACK + 1, 1)
        self._subscription = await self._jetstream.subscribe(
            ">",
            stream=self._stream,
            ordered_consumer=True,
            cb=self._hear,
            config=ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=begin, description=OURS
            ),
        )
        if state.messages:
            await self.until(lambda message: message.place >= state.last_seq, 30)

    async def stop(self) -> None:
        """Stop following."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()

    async def _hear(self, message: Msg) -> None:
        about = message.metadata
        seen = Seen(
            message.subject, dict(message.headers or {}), message.data, about.sequence.stream, about.timestamp
        )
        async with self._news:
            self.seen.append(seen)
            self._news.notify_all()

    @property
    def mark(self) -> int:
        """The place of the last message heard."""
        return self.seen[-1].place if self.seen else 0

    def all(self, wanted: Wanted, after: int = 0) -> list[Seen]:
        """The messages after a mark that are wanted."""
        return [message for message in self.seen if message.place > after and wanted(message)]

    async def until(self, wanted: Wanted, patience: float, after: int = 0) -> Seen | None:
        """The first such message, waiting for it; None when it does not come in `patience` seconds."""
        try:
            async with asyncio.timeout(patience), self._news:
                while not (found := self.all(wanted, after)):
                    await self._news.wait()
        except TimeoutError:
            return None
        return found[0]
