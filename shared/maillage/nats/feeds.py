"""How a region's link to another is doing, seen from its own streams, and picking up a feed at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nats.js import JetStreamContext

from maillage.events.names import feed_stream

QUIET = timedelta(seconds=30)
"""A feed that has heard nothing for so long is cut off: a source's heart beats more often."""


@dataclass(frozen=True, slots=True)
class Inward:
    """Our copy of what a peer says. `silent_for`: since its server was last heard, None if it never was.

    `behind`: how many events it has that we have not, as far as it last said.
    """

    messages: int
    behind: int
    silent_for: timedelta | None
    newest: datetime | None

    @property
    def alive(self) -> bool:
        """Whether the other side is being heard."""
        return self.silent_for is not None and self.silent_for < QUIET


async def inward(jetstream: JetStreamContext, peer: str) -> Inward:
    """How our feed of `peer` is doing. Raises NotFoundError when there is none (provision first)."""
    info = await jetstream.stream_info(feed_stream(peer))
    source = info.sources[0] if info.sources else None
    active = source.active if source else None
    heard = timedelta(microseconds=active / 1000) if active is not None and active >= 0 else None
    newest = None
    if info.state.messages:
        newest = (await jetstream.get_msg(feed_stream(peer), info.state.last_seq)).time
    return Inward(info.state.messages, (source.lag or 0) if source else 0, heard, newest)


async def pick_up(jetstream: JetStreamContext, peer: str) -> None:
    """Have the server ask `peer` again now, where after a cut it may wait up to 40 seconds (measured).

    The source is taken out and put back; the server finds from the messages it has where to go on.
    Raises NotFoundError when there is no such feed.
    """
    config = (await jetstream.stream_info(feed_stream(peer))).config
    await jetstream.update_stream(replace(config, sources=[]))
    await jetstream.update_stream(config)
