"""The leader's reader: follows every stream by position and notes what it sees, place and facts together.

What is noted of a batch and the place after it are one transaction, so that a kill at any moment neither
counts twice nor leaves out. A stream made anew is read again from its beginning: an event already known
by its id keeps its number and is not counted again, it only gets its new place.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from maillage import clock
from maillage.events.deliver import insert_once
from maillage.service import Running
from maillage.tasks import stop_if_cancelled
from nats.errors import NoRespondersError
from nats.js.api import StreamInfo
from nats.js.errors import APIError, NotFoundError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .bus import CannotRead, Stored, read, read_one
from .live import bell
from .model import Base, ObservedEvent, ObservedType, StreamPlace
from .observing import Observation, observe
from .streams import watched

log = structlog.get_logger("maillage.catalogue")
BATCH = 250
RECENT = 1000
"""Events observed last, among which the one furthest in its stream is looked for."""


async def run(running: Running) -> None:
    """Follow the streams until the service stops; at once done where there is no bus."""
    events = running.events
    if events is None or events.connection is None:
        return
    known = -1
    while True:
        stop_if_cancelled()
        await events.connection.wait()
        # After a reconnection the store may be another: each place is checked again.
        fresh, known = events.connection.reconnects != known, events.connection.reconnects
        moved = 0
        for stream, region in watched(running.settings).items():
            moved += await _follow(running, stream, region, check=fresh)
        if not moved:
            await asyncio.sleep(running.settings.catalogue_poll_seconds)


async def _follow(running: Running, stream: str, region: str, *, check: bool) -> int:
    """One batch of one stream, how many messages; what stands in the way is noted and tried again."""
    events: Any = running.events
    try:
        if check or not await _known(running, stream):
            await check_place(running, stream, region)
        return await read_batch(running, stream, region)
    except NotFoundError:
        await note_problem(running, stream, region, "missing")
    except (CannotRead, APIError, NoRespondersError) as error:
        await note_problem(running, stream, region, "denied")
        log.warning("stream cannot be read", stream=stream, error=str(error))
    except (ConnectionError, TimeoutError) as error:
        log.info("NATS is away", stream=stream, error=type(error).__name__)
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await events.connection.wait()
    return 0


async def read_batch(running: Running, stream: str, region: str) -> int:
    """Note the next messages of `stream`; how many there were. Raises what the bus raises."""
    events: Any = running.events
    async with running.db.read() as session:
        place = await session.get(StreamPlace, stream)
        start = place.next_sequence if place else 1
    found = await read(events.connection.client, stream, start, BATCH)
    if not found:
        return 0
    async with running.db.write() as session:
        locked = await _place(session, stream, region)
        if locked.next_sequence != start:
            return 0  # another replica was here first
        await note(session, stream, region, found)
        locked.next_sequence = found[-1].sequence + 1
        locked.looked_at, locked.problem = clock.now(), None
    bell.ring()
    return len(found)


async def note(session: AsyncSession, stream: str, region: str, messages: list[Stored]) -> None:
    """Keep what was seen: an event once, however often it comes."""
    seen = {each.event_id: each for each in (observe(message, region) for message in messages)}
    asked = select(ObservedEvent).where(ObservedEvent.stream == stream, ObservedEvent.event_id.in_(seen))
    known = {row.event_id: row for row in await session.scalars(asked)}
    fresh = [each for each in seen.values() if each.event_id not in known]
    for event_id, row in known.items():
        row.sequence = seen[event_id].sequence
    for each in fresh:
        session.add(_row(stream, region, each))
        await session.flush()  # numbers in the order of the stream
    await _count(session, stream, region, fresh)


def _row(stream: str, region: str, each: Observation) -> ObservedEvent:
    kept = {name: getattr(each, name) for name in Observation.__slots__}
    return ObservedEvent(stream=stream, region=region, **kept)


async def _count(session: AsyncSession, stream: str, region: str, fresh: list[Observation]) -> None:
    groups: dict[tuple[str, str, str], list[datetime]] = {}
    for each in fresh:
        groups.setdefault((each.type, each.source, each.schema), []).append(each.time)
    for (kind, source, schema), times in groups.items():
        row = await session.get(ObservedType, (stream, kind, source, schema))
        if row is None:
            row = ObservedType(
                stream=stream, type=kind, source=source, schema=schema, region=region, count=0,
                first_seen=min(times), last_seen=max(times),
            )  # fmt: skip
            session.add(row)
        row.count += len(times)
        row.first_seen, row.last_seen = min(row.first_seen, *times), max(row.last_seen, *times)


async def check_place(running: Running, stream: str, region: str) -> None:
    """Settle from where `stream` is read: from its start when it is new here, made anew or lost its end."""
    events: Any = running.events
    info = await events.jetstream().stream_info(stream)
    whole = await _newest_stands(running, stream, region)
    async with running.db.write() as session:
        place = await _place(session, stream, region)
        created = str(info.created)
        if place.created != created or place.next_sequence > info.state.last_seq + 1 or not whole:
            place.created, place.next_sequence = created, 1
        place.looked_at, place.problem = clock.now(), None
        _note_link(place, info)


async def _newest_stands(running: Running, stream: str, region: str) -> bool:
    """Whether the last event known here still has its place: others may have filled that of a lost end.

    It need not be the one observed last: an event that is read again, after a repair, keeps its number.
    """
    events: Any = running.events
    recent = select(ObservedEvent.number).where(ObservedEvent.stream == stream)
    recent = recent.order_by(ObservedEvent.number.desc()).limit(RECENT)
    last = select(ObservedEvent).where(ObservedEvent.number.in_(recent))
    async with running.db.read() as session:
        known = await session.scalar(last.order_by(ObservedEvent.sequence.desc()).limit(1))
    if known is None:
        return True
    message = await read_one(events.connection.client, stream, known.sequence)
    return message is None or observe(message, region).event_id == known.event_id


def _note_link(place: StreamPlace, info: StreamInfo) -> None:
    """How the link to the origin is, for a stream that is a copy."""
    source = info.sources[0] if info.sources else None
    place.lag = source.lag if source else None
    # The server says -1 nanoseconds while it has never heard the origin.
    heard = source.active if source else None
    place.silence = heard // 1_000_000_000 if heard is not None and heard >= 0 else None


async def note_problem(running: Running, stream: str, region: str, problem: str) -> None:
    """Write down why a stream is not read."""
    async with running.db.write() as session:
        place = await _place(session, stream, region)
        if place.problem != problem:
            log.warning("stream not read", stream=stream, problem=problem)
        place.problem, place.looked_at = problem, clock.now()


async def _known(running: Running, stream: str) -> bool:
    async with running.db.read() as session:
        place = await session.get(StreamPlace, stream)
    return place is not None and place.created is not None and place.problem is None


async def _place(session: AsyncSession, stream: str, region: str) -> StreamPlace:
    """The place of a stream, held against other replicas until the transaction ends."""
    found = await session.get(StreamPlace, stream, with_for_update=True)
    if found is not None:
        return found
    # The reader of events and the one of consumers both begin here, at the same moment.
    row = {"stream": stream, "region": region, "next_sequence": 1}
    await insert_once(session, Base.metadata.tables[StreamPlace.__tablename__], row)
    return await session.get_one(StreamPlace, stream, with_for_update=True)
