"""Taking what a durable has at hand, without waiting: what makes a batch of the message that came first."""

from __future__ import annotations

import json

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NatsTimeoutError

_ACK_PREFIX = "$JS.ACK."
_ANSWER_WITHIN = 1.0


class Drain:
    """No-wait pull requests on one durable. Nothing is dropped: a late message opens the next take."""

    def __init__(self, client: Client, stream: str, durable: str) -> None:
        self._client = client
        self._request = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = client.new_inbox()
        self._subscription: Subscription | None = None

    async def open(self) -> None:
        """Listen for the answers."""
        self._subscription = await self._client.subscribe(self._inbox)

    async def close(self) -> None:
        """Stop listening."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()
            self._subscription = None

    async def take(self, limit: int) -> list[Msg]:
        """Up to `limit` messages that are ready now, in stream order."""
        subscription = self._subscription
        if subscription is None:
            return []
        body = json.dumps({"batch": limit, "no_wait": True}).encode()
        await self._client.publish(self._request, body, reply=self._inbox)
        messages: list[Msg] = []
        while len(messages) < limit:
            try:
                message = await subscription.next_msg(timeout=_ANSWER_WITHIN)
            except NatsTimeoutError:
                break
            if not message.reply.startswith(_ACK_PREFIX):
                break  # a status: there are no more
            messages.append(message)
        return messages
