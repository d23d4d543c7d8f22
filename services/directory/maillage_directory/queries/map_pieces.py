"""The map in pieces: each CPTS as it is sent, made again only when something of it has changed.

A change on the map concerns one CPTS or a few, and a map holds them all. Which ones is told by sums of
versions, as whether anything changed at all (`versions.sums`), but drawn per group of CPTS: a group whose
sums are the same holds the same rows. The database adds up; rows are read of the changed groups only.

Pieces are made for a circle, never for a person (`Circle`): what somebody alone may see is no part of them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Row, String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory import placement
from maillage_directory.model import Coordinator, Cpts, Position
from maillage_directory.model.cpts import CLOSED_STATUSES
from maillage_directory.queries.cpts import is_vacant
from maillage_directory.queries.map_sweeps import FACTS, Held, Sweeps, sweep
from maillage_directory.reach import Viewer
from maillage_directory.reference import polygons

BYTES_KEPT = 4_000_000
"""Of pieces, together; a region of a hundred CPTS has 80,000 for each circle. That which asked last stays."""
Circle = tuple[frozenset[str], bool]
"""What is open to a viewer besides what is her own: reaches, and whether she sees all."""
BEGIN, BETWEEN, END = b'{"type":"FeatureCollection","features":[', b'],"unplaced":[', b"]}"


@dataclass(frozen=True)
class Stamps:
    """The state of the map, of the CPTS by group, and of their posts and whoever held one by group."""

    versions: tuple[int, ...]
    own: Mapping[str, int]
    posts: Mapping[str, tuple[int, int]]

    def stale(self, before: Stamps) -> list[str]:
        """The groups in which something has changed since."""
        return [
            group
            for group, own in self.own.items()
            if (own, self.posts.get(group)) != (before.own.get(group), before.posts.get(group))
        ]


@dataclass(frozen=True, slots=True)
class Piece:
    """A CPTS: what orders and places it, and its properties as they are sent."""

    slug: str
    place: placement.Point | None
    is_closed: bool
    body: bytes

    def stands_where(self, before: Piece | None) -> bool:
        """Whether order and place are those of the piece before."""
        return before is not None and (before.slug, before.place) == (self.slug, self.place)


@dataclass(frozen=True)
class Pieces:
    """Every CPTS, closed ones too, as one circle sees them at one moment."""

    stamps: Stamps = field(default_factory=lambda: Stamps((), {}, {}))
    by_id: Mapping[UUID, Piece] = field(default_factory=dict)
    heads: Mapping[UUID, bytes] = field(default_factory=dict)
    """What stands before the properties of those with a place: the point at which they are drawn."""
    order: tuple[UUID, ...] = ()
    """All of them in alphabetical order."""

    @cached_property
    def size(self) -> int:
        """Bytes."""
        return sum(len(piece.body) for piece in self.by_id.values())

    def renewed(self, made: Mapping[UUID, Piece], stamps: Stamps) -> Pieces:
        """The same with these pieces new. Arithmetic over all of them where somebody moved: for a thread."""
        by_id = {**self.by_id, **made}
        old = self.by_id
        if all(
            key in old and (old[key].slug, old[key].place) == (m.slug, m.place) for key, m in made.items()
        ):
            return Pieces(stamps, by_id, self.heads, self.order)
        order = sorted(by_id, key=lambda key: (by_id[key].slug, key))
        return Pieces(stamps, by_id, _heads(by_id), tuple(order))

    def open(self) -> list[UUID]:
        """Those that a map without a filter shows, in order."""
        return [key for key in self.order if not self.by_id[key].is_closed]

    def ordered(self, ids: Collection[UUID]) -> list[UUID]:
        """These in order, without those that were entered after the pieces were read."""
        return [key for key in self.order if key in ids]

    def joined(self, ids: Iterable[UUID], instead: Mapping[UUID, Piece]) -> bytes:
        """The collection of these as it is sent, some pieces replaced by those of `instead`."""
        features, unplaced = [BEGIN], [b""]
        for key in ids:
            head, piece = self.heads.get(key), instead.get(key) or self.by_id[key]
            if head is None:
                unplaced += (piece.body, b",")
            else:
                features += (head, piece.body, b"},")
        if len(features) > 1:
            features[-1] = b"}"
        return b"".join([*features, BETWEEN, *unplaced[:-1], END])


class PiecesKept:
    """The pieces by circle, as long as there is room."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Circle, Pieces] = OrderedDict()

    async def now(self, session: AsyncSession, looking: Viewer, versions: tuple[int, ...]) -> Pieces:
        """Those of her circle, with everything that changed read and made again.

        `versions` are the sums that the map depends on (`versions.sums`), read before.
        """
        circle = (looking.reaches, looking.sees_all)
        kept = self._kept.get(circle, Pieces())
        # Before the rows: what changes meanwhile is made once more.
        stamps = await _stamps(session, versions, kept.stamps)
        stale = stamps.stale(kept.stamps)
        if stale:
            chosen: Any = select(*FACTS)
            if len(stale) < len(stamps.own):
                chosen = chosen.where(_group(Cpts.id).in_(stale))
            read = await sweep(session, chosen)
            kept = await asyncio.to_thread(_renewed, kept, read, stamps, Viewer(None, *circle))
        self._keep(circle, kept)
        return kept

    def _keep(self, circle: Circle, pieces: Pieces) -> None:
        self._kept[circle] = pieces
        self._kept.move_to_end(circle)
        while len(self._kept) > 1 and sum(each.size for each in self._kept.values()) > BYTES_KEPT:
            self._kept.popitem(last=False)


async def pieces_of(session: AsyncSession, ids: Collection[UUID], looking: Viewer) -> dict[UUID, Piece]:
    """These CPTS as this viewer, and nobody else, sees them."""
    chosen: Any = select(*FACTS)
    return _made(await sweep(session, chosen.where(Cpts.id.in_(ids))), looking)


def _renewed(kept: Pieces, read: Sweeps, stamps: Stamps, looking: Viewer) -> Pieces:
    return kept.renewed(_made(read, looking), stamps)


async def _stamps(session: AsyncSession, versions: tuple[int, ...], known: Stamps) -> Stamps:
    """The state of each group; what has the same sum over all of them is as it is known.

    Every change gives a row a new version, no row goes, and a post stays where it is: no sum comes back.
    """
    own, posts = known.own, known.posts
    if versions[:1] != known.versions[:1]:
        summed = _summed(_group(Cpts.id), Cpts.version)
        own = dict((await session.execute(summed)).all())
    if versions[1:] != known.versions[1:]:
        summed = _summed(_group(Position.cpts_id), Position.version, Coordinator.version)
        summed = summed.join(Coordinator, Coordinator.id == Position.coordinator_id)
        posts = {group: (held, holders) for group, held, holders in await session.execute(summed)}
    return Stamps(versions, own, posts)


def _summed(group: ColumnElement[str], *versions: Any) -> Any:
    return select(group, *(func.sum(version) for version in versions)).group_by(group)


def _group(key: Any) -> ColumnElement[str]:
    """The last two of the 32 digits of an id, which chance has drawn: 256 groups of like size."""
    return func.substr(func.replace(cast(key, String), "-", ""), 31)


def _made(read: Sweeps, looking: Viewer) -> dict[UUID, Piece]:
    found = {}
    for row in read.found:
        held = read.held[row.id]
        facts = _properties(row, read.departments[row.id], read.types[row.id], held, looking)
        facts["challenges"] = _challenges(read.declared[row.id], held, read.said, looking)
        left = read.left.get(row.id)
        facts["vacant_since"] = left.isoformat() if left else None
        place = None if row.lon is None else (row.lon, row.lat)
        found[row.id] = Piece(row.slug, place, row.status in CLOSED_STATUSES, to_json(facts))
    return found


def _properties(
    row: Row[Any], departments: list[str], types: list[str], held: Held, looking: Viewer
) -> dict[str, Any]:
    home = row.principal_department
    return {
        "id": str(row.id),
        "slug": row.slug,
        "name": row.name,
        "status": row.status,
        "main_commune": {"insee": row.main_commune_insee, "name": row.main_commune_name},
        "departments": sorted(departments, key=lambda code: (code != home, code)),
        "principal_department": home,
        "population": row.population,
        "size": row.size,
        "territory_types": types,
        "vacant": is_vacant(held),
        "holders": [_holder(post, looking) for post in held],
    }


def _challenges(declared: list[str], held: Held, said: dict[UUID, list[str]], looking: Viewer) -> list[str]:
    """What the CPTS declares, then what its holders say they met and let the viewer see."""
    heard = [
        challenge
        for post in held
        if looking.may_see(post.coordinator_id, post.reach_challenges)
        for challenge in said.get(post.coordinator_id, ())
    ]
    return list(dict.fromkeys([*declared, *heard]))


def _holder(post: Row[Any], looking: Viewer) -> dict[str, Any]:
    """Who holds a post, by name if that is open to the viewer; as `cpts.holder` shows it."""
    named = looking.may_see(post.coordinator_id, post.reach_name)
    return {
        "coordinator_id": str(post.coordinator_id),
        "first_name": post.first_name if named else None,
        "last_name": post.last_name if named else None,
        "position_id": str(post.id),
        "title": post.title,
        "since": post.started_on.isoformat(),
    }


def _heads(pieces: Mapping[UUID, Piece]) -> dict[UUID, bytes]:
    """Where each of them is drawn, as the beginning of a feature. Over all of them: a filter moves nobody."""
    given = {piece.slug: piece.place for piece in pieces.values() if piece.place is not None}
    drawn = placement.spread(given)
    return {
        key: _head(
            key, drawn[piece.slug] if drawn[piece.slug] == piece.place else _on_land(drawn[piece.slug])
        )
        for key, piece in pieces.items()
        if piece.place is not None
    }


def _head(key: UUID, point: placement.Point) -> bytes:
    place = {"type": "Point", "coordinates": list(point)}
    feature = {"type": "Feature", "id": str(key), "geometry": place, "properties": None}
    return to_json(feature).removesuffix(b"null}")


@lru_cache(maxsize=4096)
def _on_land(point: placement.Point) -> placement.Point:
    return placement.on_land(point, polygons())
