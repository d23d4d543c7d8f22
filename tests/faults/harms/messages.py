"""Events delivered twice, late and out of order, replayed from the start; and what was never an event."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from uuid import UUID

from maillage.events.envelope import MSG_ID
from maillage.events.streams import MAX_MESSAGE_BYTES
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from tests.faults.checker.evidence import NEMESIS, consumer_filters
from tests.faults.harms.base import Harm

LINES = 60
"""Bytes of a message's first and last header lines, and of the stream that is expected."""
PROFILE = ("directory.coordinator.joined.v1", "directory.coordinator.updated.v1")


def identity(dice: random.Random) -> str:
    """An id that no event has."""
    return str(UUID(int=dice.getrandbits(128)))


class Twice(Harm):
    """Events that have been published come again, later and in another order, under their own ids."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        async with self.house.bus() as client:
            jetstream = client.jetstream(timeout=5)
            state = (await jetstream.stream_info(self.house.stream)).state
            count = 0
            for _ in range(12):
                place = dice.randint(state.first_seq, max(state.last_seq, state.first_seq))
                count += await self._again(jetstream, place, dice)
        return f"{count} events came again"

    async def _again(self, jetstream: JetStreamContext, place: int, dice: random.Random) -> bool:
        try:
            event = await jetstream.get_msg(self.house.stream, seq=place)
        except NotFoundError:
            return False  # erased since
        headers = copied(event) | {MSG_ID: identity(dice)}
        headers.setdefault(NEMESIS, "twice")
        await jetstream.publish(
            event.subject or "", event.data or b"", headers=headers, stream=self.house.stream
        )
        return True


class Stale(Harm):
    """What profiles once said is said again as news: only its version tells that it is old."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        async with self.house.bus() as client:
            jetstream, place, count = client.jetstream(timeout=5), 0, 0
            while count < 6:
                try:
                    event = await jetstream.get_msg(
                        self.house.stream,
                        seq=place + 1,
                        subject=f"{self.house.region}.{dice.choice(PROFILE)}.*",
                        next=True,
                    )
                except NotFoundError:
                    break
                place, count = event.seq or place + 1, count + 1
                fresh = {MSG_ID: identity(dice), "ce-id": identity(dice), NEMESIS: "stale"}
                headers = copied(event) | fresh
                await jetstream.publish(
                    event.subject or "", event.data or b"", headers=headers, stream=self.house.stream
                )
        return f"{count} old profiles were told as new"


class Late(Harm):
    """A consumer is given nothing for a while: everything comes to it late."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(sorted(consumer_filters(self.house.services)))
        until = datetime.fromtimestamp(datetime.now(UTC).timestamp() + seconds, UTC)
        async with self.house.bus() as client:
            # The server lets go by itself: nothing is left to heal.
            await client.jetstream(timeout=5).pause_consumer(self.house.stream, name, until.isoformat())
        return f"{name} was given nothing for {seconds:.1f} s"


class Replay(Harm):
    """A consumer is given the whole stream again."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(sorted(consumer_filters(self.house.services)))
        async with self.house.bus() as client:
            await client.jetstream(timeout=5).reset_consumer(self.house.stream, name, seq=1)
        return f"{name} reads the stream from its start"


class Malformed(Harm):
    """Messages that are no events, or events nobody can read, on the subjects of real ones."""

    kind = "malformed"

    async def strike(self, dice: random.Random, seconds: float) -> str:
        async with self.house.bus() as client:
            jetstream, chosen = client.jetstream(timeout=5), dice.sample(self.types(), 4)
            for event_type in chosen:
                headers = self.headers(dice, event_type)
                subject = f"{self.house.region}.{event_type}.{identity(dice)}"
                room = MAX_MESSAGE_BYTES - sum(len(k) + len(v) + 4 for k, v in headers.items()) - LINES
                await jetstream.publish(
                    subject, self.body(dice, room), headers=headers, stream=self.house.stream
                )
        return f"on {', '.join(chosen)}"

    def types(self) -> list[str]:
        """What somebody reads."""
        return sorted(set().union(*consumer_filters(self.house.services).values()))

    def headers(self, dice: random.Random, event_type: str) -> dict[str, str]:
        """Those of an event, one of them perhaps missing or wrong."""
        headers = {
            "ce-specversion": "1.0",
            "ce-id": identity(dice),
            "ce-type": f"fr.maillage.{event_type}",
            "ce-source": f"/{self.house.region}/{event_type.split('.')[0]}",
            "ce-time": datetime.now(UTC).isoformat(),
            MSG_ID: identity(dice),
            NEMESIS: self.kind,
        }
        spoiled = dice.choice(("ce-specversion", "ce-id", "ce-time", "ce-source", "none"))
        if dice.random() < 0.5:
            headers.pop(spoiled, None)
        elif spoiled in headers:
            headers[spoiled] = dice.choice(("é%", "0", "9" * 400, "null"))
        return headers

    def body(self, dice: random.Random, room: int) -> bytes:
        """What no consumer's model takes."""
        anything = (
            b"",
            b"{",
            b"[]",
            b"null",
            b'{"coordinator_id": 5}',
            b'{"a": ' * 3000,
            dice.randbytes(200),
        )
        return dice.choice(anything)


class Oversized(Malformed):
    """Messages as large as the stream takes, in well-formed envelopes, readable by nobody."""

    kind = "oversized"

    def headers(self, dice: random.Random, event_type: str) -> dict[str, str]:
        headers = super().headers(random.Random(0), event_type)
        whole = {"ce-specversion": "1.0", "ce-time": datetime.now(UTC).isoformat()}
        source = f"/{self.house.region}/{event_type.split('.')[0]}"
        return headers | whole | {"ce-id": identity(dice), MSG_ID: identity(dice), "ce-source": source}

    def body(self, dice: random.Random, room: int) -> bytes:
        return json.dumps({"filling": ""}).encode().replace(b'""', b'"' + b"a" * (room - 15) + b'"')


def copied(event: RawStreamMsg) -> dict[str, str]:
    """The headers of a stored event that are its own, and not the server's or the relay's demands."""
    own = event.headers or {}
    return {
        str(name): str(value)
        for name, value in own.items()
        if name.lower().startswith(("ce-", "content-type", "traceparent", NEMESIS.lower()))
    }
