"""Whether the stream still has what a journal knows it had: its end, its place, its beginning.

Each look is cheap; what is missing in between is found by the repair, which reads it all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from sqlalchemy import Row, Select, select

from maillage.db.engine import Database
from maillage.events.envelope import subject_for
from maillage.events.journal import Entry
from maillage.events.looking import Found, look
from maillage.events.marks import RELAY, REPAIR, UNDER_REPAIR, read_mark
from maillage.events.names import OPERATOR, region_of
from maillage.events.tables import KIT

RECENT = 1000
"""Entries among which the one furthest in the stream is looked for: two of the relay's batches."""
_OUTBOX = KIT.outbox
_SOURCE = "Nats-Stream-Source"
"""What the server writes on a copy: the stream and the place there, and what it asked for."""


class StreamLost(RuntimeError):
    """The stream no longer has what the journal knows it had. Publishing on would bury the gap."""


@dataclass(frozen=True, slots=True)
class Seen:
    """When the stream was `created`, what the journal knew of that before, and where the stream `begins`.

    `repair` names the last repair this journal knows, None on one that has never published.
    """

    created: str
    known: str | None
    begins: int
    repair: str | None


def _newest() -> Select[Any]:
    """The entry furthest in the stream of those published last; the journal may be long, the index is not.

    An erased one is nothing to lose. No repair brings it back, so after one another event may be at the place
    it had, or none.
    """
    recent = select(_OUTBOX.c.id).where(_OUTBOX.c.published_at.is_not(None))
    recent = recent.order_by(_OUTBOX.c.published_at.desc(), _OUTBOX.c.id.desc()).limit(RECENT)
    newest = select(_OUTBOX.c.event_id, _OUTBOX.c.stream_sequence, _OUTBOX.c.type, _OUTBOX.c.entity_id)
    newest = newest.where(_OUTBOX.c.id.in_(recent), _OUTBOX.c.stream_sequence.is_not(None))
    newest = newest.where(_OUTBOX.c.data.is_not(None))
    return newest.order_by(_OUTBOX.c.stream_sequence.desc()).limit(1)


_NEWEST = _newest()
_OLDEST = select(_OUTBOX.c.stream_sequence)
_OLDEST = _OLDEST.where(_OUTBOX.c.data.is_not(None), _OUTBOX.c.stream_sequence.is_not(None))
_OLDEST = _OLDEST.order_by(_OUTBOX.c.id).limit(1)


async def find_loss(
    db: Database,
    jetstream: JetStreamContext,
    stream: str,
    *,
    copy: str | None = None,
    read_message: bool = True,
) -> str:
    """When the stream was created. Raises StreamLost if it lost events that this journal has published.

    `copy`: the stream that other regions may copy, if they are to be told of a loss that no journal knows.
    `read_message`: also look whether others have already filled the place of a lost end.
    """
    copied = await copied_to(jetstream, copy) if copy else 0
    return (await compare(db, jetstream, stream, copied=copied, read_message=read_message)).created


async def compare(
    db: Database,
    jetstream: JetStreamContext,
    stream: str,
    *,
    read_message: bool,
    looker: str = OPERATOR,
    copied: int = 0,
    begins: int | None = None,
) -> Seen:
    """What `find_loss` does. `copied`: up to which place the stream had been copied a moment ago; `begins`:
    where it is known to have begun when nothing was missing; `looker`: the bus user who asks.
    """
    info = await jetstream.stream_info(stream)
    created, first = str(info.created), info.state.first_seq
    async with db.read() as session:
        mark, repair = await read_mark(session, RELAY), await read_mark(session, REPAIR)
        last = (await session.execute(_NEWEST)).first()
        oldest = await session.scalar(_OLDEST) if last is not None and first != begins else None
    known = mark.stream_created if mark is not None else None
    seen = Seen(created, known, first, repair.stream_created if repair is not None else None)
    if known == UNDER_REPAIR:
        raise StreamLost("a repair is under way, or was broken off")
    if known is not None and known != created:
        # Also of who has published nothing yet: with its first event in the empty store numbers would begin
        # anew, and those who copy it by number would take what comes for what they have.
        raise StreamLost("the stream is not the one this journal was published to")
    if info.state.last_seq < copied:
        # Nobody may have noted what is lost. With the next event in its place the copy would be one short:
        # the server copies by number.
        raise StreamLost(f"the stream ends at {info.state.last_seq}, its copy for other regions at {copied}")
    if last is None:
        return seen
    if info.state.last_seq < last.stream_sequence:
        raise StreamLost(f"the stream ends at {info.state.last_seq}, the journal at {last.stream_sequence}")
    if oldest is not None and oldest < first:
        # It was purged by hand, or given a limit that discards what is old.
        raise StreamLost(f"the stream begins at {first}, the journal at {oldest}")
    if read_message:
        await _verify_message(db, jetstream, stream, last, looker)
    return seen


def look_at(copy: str) -> str:
    """The subject of the server's that `copied_to` asks: who may publish there, may look."""
    return f"$JS.API.STREAM.MSG.GET.{copy}"


async def copied_to(jetstream: JetStreamContext, copy: str) -> int:
    """Up to which place of the region's stream `copy` has it, 0 when it has nothing or is not there."""
    try:
        newest = await jetstream.get_last_msg(copy, ">")
    except NotFoundError:
        return 0
    told = (newest.headers or {}).get(_SOURCE, "").split(" ")
    return int(told[1]) if len(told) > 1 else 0


async def _verify_message(
    db: Database, jetstream: JetStreamContext, stream: str, last: Row[Any], looker: str
) -> None:
    """Raise StreamLost unless the event is where it was, under its subject; others' may fill its place."""
    place, subject = last.stream_sequence, subject_for(cast(Entry, last), region_of(stream))
    found = await look(jetstream, stream, subject, looker=looker, start=place, most=1)
    if Found(place, str(last.event_id)) in found:
        return
    # Erased just now, which is no loss: the journal forgets before the stream does.
    still = select(_OUTBOX.c.id).where(_OUTBOX.c.event_id == last.event_id, _OUTBOX.c.data.is_not(None))
    async with db.read() as session:
        if await session.scalar(still) is not None:
            raise StreamLost(f"nothing is at {place}, the last place this journal knows")
