"""What leaves the region and what comes in: the public list, who copies it since when, what copies hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from maillage.events.event import TYPE_PREFIX
from maillage.events.names import events_stream, public_stream
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .declared import Declared
from .model import ObservedReader, ObservedType, StreamPlace
from .queries import Book, book, reads
from .schemas import FlowOut, FlowsOut, ReceivedOut, SentOut
from .streams import feeds


async def flows(session: AsyncSession, settings: Any) -> FlowsOut:
    """The region's exchanges as they are declared and observed."""
    known = await book(session, settings)
    own = events_stream(settings.region)
    public = [kind for kind in known.types.values() if kind.public]
    asked = select(ObservedReader).where(ObservedReader.region.is_not(None))
    copied = public_stream(settings.region)
    copies = {row.region: row for row in await session.scalars(asked) if row.stream == copied}
    places = {row.stream: row for row in await session.scalars(select(StreamPlace))}
    here = feeds(settings)
    peers = sorted({*here.values(), *(region for region in copies if region)})
    return FlowsOut(
        region=settings.region,
        public=[_flow(known, kind, own) for kind in public],
        kept=sum(1 for kind in known.types.values() if kind.published_by and not kind.public),
        copies_known=bool(settings.catalogue_monitor_url),
        sent=[_sent(known, peer, peer in here.values(), copies.get(peer), public, own) for peer in peers],
        received=[_received(known, region, stream, places.get(stream)) for stream, region in here.items()],
    )


def _sent(
    known: Book,
    region: str,
    expected: bool,
    copy: ObservedReader | None,
    public: Iterable[Declared],
    own: str,
) -> SentOut:
    """What one region is sent: nothing until its copy has been seen; then what the copy asks for."""
    subjects = copy.subjects if copy else []
    crossing = [kind for kind in public if any(reads(each, kind.short) for each in subjects)]
    return SentOut(
        region=region,
        expected=expected,
        since=copy.first_seen if copy else None,
        last_seen=copy.last_seen if copy else None,
        present=bool(copy and copy.present),
        subjects=subjects,
        types=[_flow(known, kind, own) for kind in crossing],
    )


def _received(known: Book, region: str, stream: str, place: StreamPlace | None) -> ReceivedOut:
    names = [name for name, rows in known.seen.items() if any(row.stream == stream for row in rows)]
    return ReceivedOut(
        region=region,
        stream=stream,
        problem=place.problem if place else None,
        silence=place.silence if place else None,
        lag=place.lag if place else None,
        looked_at=place.looked_at if place else None,
        types=[_flow(known, known.kind(name), stream) for name in sorted(names)],
    )


def _flow(known: Book, kind: Declared, stream: str) -> FlowOut:
    rows: list[ObservedType] = [row for row in known.seen.get(kind.type, ()) if row.stream == stream]
    return FlowOut(
        type=kind.type.removeprefix(TYPE_PREFIX),
        personal=kind.personal,
        count=sum(row.count for row in rows),
        first_seen=min((row.first_seen for row in rows), default=None),
        last_seen=max((row.last_seen for row in rows), default=None),
    )
