"""Taking what a durable has at hand, without waiting: what makes a batch of the message that came first."""

from __future__ import annotations

import asyncio
import json
from collections import deque

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

_ACK_PREFIX = "$JS.ACK."
_ANSWER_WITHIN = 1.0
_SILENCES = 3
"""How often in a row an answer may fail to come in time before its request is held to be lost."""


class Drain:
    """No-wait pull requests on one durable. Nothing is dropped: a late message opens the next take.

    `owed`: how many messages the server may still send for the last request, because it has not said that
    there are no more. Who hears nothing in time (this process may be the slow one) comes back for them.
    """

    def __init__(self, client: Client, stream: str, durable: str) -> None:
        self._client = client
        self._request = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = client.new_inbox()
        self._subscription: Subscription | None = None
        self._heard: deque[Msg] = deque()
        self._news = asyncio.Event()
        self.owed = self._silences = 0

    async def open(self) -> None:
        """Listen for the answers."""
        # Asked for one by one, each would cost a task and a timer.
        self._subscription = await self._client.subscribe(self._inbox, cb=self._hear)

    async def close(self) -> None:
        """Stop listening."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()
            self._subscription = None
        self.owed = 0

    async def _hear(self, message: Msg) -> None:
        self._heard.append(message)
        self._news.set()

    async def take(self, limit: int) -> list[Msg]:
        """Up to `limit` messages that are ready now, in stream order."""
        if self._subscription is None:
            return []
        if not self.owed:
            body = json.dumps({"batch": limit, "no_wait": True}).encode()
            await self._client.publish(self._request, body, reply=self._inbox)
            self.owed, self._silences = limit, 0
        messages: list[Msg] = []
        while self.owed and len(messages) < limit:
            message = await self._next()
            if message is None:
                self._silences += 1
                self.owed = 0 if self._silences == _SILENCES else self.owed
                break
            if not message.reply.startswith(_ACK_PREFIX):
                self.owed = 0  # a status: there are no more
                break
            self.owed -= 1
            messages.append(message)
        return messages

    async def _next(self) -> Msg | None:
        """The next answer, None when it does not come."""
        if not self._heard:
            self._news.clear()
            try:
                async with asyncio.timeout(_ANSWER_WITHIN):
                    await self._news.wait()
            except TimeoutError:
                return None
        return self._heard.popleft()
