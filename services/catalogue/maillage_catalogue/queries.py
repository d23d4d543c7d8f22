"""Reads: the declared and the observed put side by side, with what does not agree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from maillage.events.event import full_type, schema_uri
from maillage.events.names import events_stream, feed_stream
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .declared import Declared, Reading, declared, documents, packaged
from .documents import fetched
from .examples import example
from .model import ObservedReader, ObservedType, StreamPlace
from .schemas import EventTypeDetail, EventTypeOut, Mismatch, ReaderOut, SeenOut


@dataclass(frozen=True, slots=True)
class Book:
    """All that is known of event types at one moment. `read`: the bus has been looked at."""

    region: str
    peers: list[str]
    types: dict[str, Declared]
    seen: dict[str, list[ObservedType]]
    readers: list[ObservedReader]
    read: bool

    @property
    def names(self) -> list[str]:
        """Every full type, declared or seen, sorted."""
        return sorted({*self.types, *self.seen})

    def kind(self, name: str) -> Declared:
        """The declaration of a type; an empty one for a type nobody declares."""
        return self.types.get(name) or Declared(name)


@lru_cache(maxsize=1)
def packaged_types() -> dict[str, Declared]:
    """The types of the documents in the package, read once."""
    return declared(packaged().values())


async def declared_types(session: AsyncSession) -> dict[str, Declared]:
    """The types of all documents at hand."""
    extra = await fetched(session)
    return declared(documents(extra)) if extra else packaged_types()


async def book(session: AsyncSession, settings: Any) -> Book:
    """Everything a list or a page of types needs."""
    types = await declared_types(session)
    seen: dict[str, list[ObservedType]] = {}
    for row in await session.scalars(select(ObservedType).order_by(ObservedType.region, ObservedType.source)):
        seen.setdefault(row.type, []).append(row)
    asked = select(ObservedReader).where(ObservedReader.present).order_by(ObservedReader.name)
    readers = list(await session.scalars(asked))
    read = await session.scalar(select(StreamPlace.stream).where(StreamPlace.created.is_not(None)).limit(1))
    return Book(settings.region, settings.peer_regions, types, seen, readers, read is not None)


def outline(book: Book, name: str) -> EventTypeOut:
    """One type in the list."""
    return EventTypeOut(**_outline(book, name))


def detail(book: Book, name: str, *, observed: bool) -> EventTypeDetail:
    """One type with its contract, and with what was observed when that may be told."""
    kind = book.kind(name)
    return EventTypeDetail(
        **_outline(book, name),
        subject=f"{book.region}.{kind.short}.*",
        dataschema=schema_uri(name),
        json_schema=kind.schema,
        example=example(kind.schema) if kind.schema else None,
        observed=[_seen(row) for row in book.seen.get(name, ())] if observed else None,
    )


def _outline(book: Book, name: str) -> dict[str, Any]:
    kind = book.kind(name)
    readers = readers_of(book, kind)
    return {
        "type": kind.short,
        "full_type": name,
        "owner": kind.owner,
        "version": version_of(name),
        "description": kind.description,
        "visibility": "public" if kind.public else "private" if kind.private else "internal",
        "personal": kind.personal,
        "declared": bool(kind.published_by),
        "seen": name in book.seen if book.read else None,
        "published_by": kind.published_by,
        "consumed_by": readers,
        "mismatches": mismatches(book, kind, readers),
    }


def version_of(name: str) -> int:
    """The major version in a type's name; 0 when it has none."""
    found = re.search(r"\.v(\d{1,6})$", name)
    return int(found[1]) if found else 0


def readers_of(book: Book, kind: Declared) -> list[ReaderOut]:
    """The services that say they read a type, and those the bus is configured for."""
    told: dict[str, list[Reading]] = {}
    for each in kind.consumed_by:
        told.setdefault(each.service, []).append(each)
    durables = [row for row in book.readers if row.region is None]
    configured = {
        (row.name, row.stream) for row in durables if any(reads(each, kind.short) for each in row.subjects)
    }
    return [
        ReaderOut(
            service=name,
            declared=name in told,
            configured=_configured(book, name, told.get(name, []), configured) if durables else None,
            handlers=", ".join(each.handlers for each in told.get(name, []) if each.handlers),
        )
        for name in sorted({*told, *(name for name, _ in configured)})
    ]


def _configured(book: Book, name: str, told: list[Reading], configured: set[tuple[str, str]]) -> bool | None:
    """Whether the bus gives a service the type wherever it reads it; None when that is nowhere here."""
    wanted = {events_stream(book.region)} if any(each.home for each in told) else set[str]()
    if any(each.abroad for each in told):
        wanted |= {feed_stream(peer) for peer in book.peers}
    if not told:
        return True
    return all((name, stream) in configured for stream in wanted) if wanted else None


def reads(subject: str, short: str) -> bool:
    """Whether a filter subject takes in events of a type, in whatever region and about whatever entity."""
    asked, given = subject.split("."), ["*", *short.split("."), "*"]
    if asked[-1] == ">":
        asked, given = asked[:-1], given[: len(asked) - 1]
    pairs = zip(asked, given, strict=False)
    return len(asked) == len(given) and all("*" in pair or pair[0] == pair[1] for pair in pairs)


def mismatches(book: Book, kind: Declared, readers: Iterable[ReaderOut]) -> list[Mismatch]:
    """What does not agree between what is declared and what was observed; empty when all is well."""
    seen = book.seen.get(kind.type, [])
    ours = [row for row in seen if row.region == book.region]
    abroad = [row for row in seen if row.region != book.region]
    publishers = {f"/{row.region}/{each}" for row in seen for each in kind.published_by}
    checks: list[tuple[Mismatch, bool]] = [
        ("never-seen", book.read and bool(kind.published_by) and not seen),
        ("undeclared", not kind.published_by),
        ("malformed", any(not row.source for row in seen)),
        ("unknown-schema", any(row.source and row.schema != schema_uri(kind.type) for row in seen)),
        (
            "unknown-source",
            bool(kind.published_by) and any(row.source and row.source not in publishers for row in ours),
        ),
        ("not-public", bool(kind.published_by) and not kind.public and bool(abroad)),
        ("reader-missing", any(each.declared and each.configured is False for each in readers)),
        ("reader-undeclared", any(not each.declared for each in readers)),
    ]
    return [code for code, wrong in checks if wrong]


def _seen(row: ObservedType) -> SeenOut:
    return SeenOut(
        region=row.region,
        stream=row.stream,
        source=row.source,
        dataschema=row.schema,
        count=row.count,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )


def matches(item: EventTypeOut, *, q: str, owner: str | None, mismatch: str | None) -> bool:
    """Whether a type is among those asked for. `mismatch` may be `any`."""
    words = q.casefold().split()
    text = f"{item.type} {item.description} {' '.join(item.published_by)}".casefold()
    return (
        all(word in text for word in words)
        and owner in (None, item.owner)
        and (mismatch is None or mismatch in item.mismatches or (mismatch == "any" and bool(item.mismatches)))
    )


def find(book: Book, name: str) -> str | None:
    """The full type of a name with or without its prefix; None for one neither declared nor seen."""
    for each in (full_type(name), name):
        if each in book.types or each in book.seen:
            return each
    return None
