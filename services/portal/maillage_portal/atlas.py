"""The region's CPTS as the map has them: read once from the directory's answer, with all that is made of it.

Kept by the tag of that answer (`kept.py`). Points for the map, the backdrop of a picture and a mesh hang on
it and go with it: they are made once for everybody to whom the directory shows the same.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from functools import cached_property

from maillage_portal.backdrop import Backdrop
from maillage_portal.kept import Kept
from maillage_portal.people import Json, name_of
from maillage_portal.region import Ground, Point, mesh

MOST = 8
"""Maps kept at once: what is open to a visitor, a member and an animator, and some searches."""
MESHED = 200
"""Beyond so many CPTS found their mesh would cover the map, and joining them takes long."""
MESHES = 32


@dataclass(frozen=True)
class Packed:
    """An answer as it is, and compressed once for all who take it so."""

    plain: bytes
    gzip: bytes

    @classmethod
    def of(cls, content: Json) -> Packed:
        """As JSON."""
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(plain, gzip.compress(plain))


@dataclass(frozen=True, eq=False)
class Atlas:
    """Every CPTS of one answer, those without a place included."""

    cpts: list[Json]
    by_id: dict[str, Json] = field(repr=False)
    _points: dict[tuple[str, str], Packed] = field(default_factory=dict, repr=False)
    _backdrops: dict[tuple[int, bool], Backdrop] = field(default_factory=dict, repr=False)
    _meshes: dict[tuple[str, ...], list[tuple[int, int]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, collection: Json) -> Atlas:
        """From the directory's GeoJSON."""
        cpts = [_placed(feature) for feature in collection["features"]]
        cpts += [{**facts, "lat": None, "lon": None} for facts in collection.get("unplaced", [])]
        return cls(cpts, {one["id"]: one for one in cpts})

    @cached_property
    def holders(self) -> frozenset[str]:
        """The ids of those who hold a post."""
        return frozenset(holder["coordinator_id"] for cpts in self.cpts for holder in cpts["holders"])

    def placed(self, key: str | None) -> Json | None:
        """This CPTS, if it is here and has a place."""
        found = self.by_id.get(key or "")
        return found if found and found["lat"] is not None else None

    def points(self, vacant: str, held: str) -> Packed:
        """The points of the map, with these words for a post that names nobody."""
        if (vacant, held) not in self._points:
            placed = [_point(one, vacant, held) for one in self.cpts if one["lat"] is not None]
            self._points[vacant, held] = Packed.of({"places": placed})
        return self._points[vacant, held]

    def backdrop(self, ground: Ground, *, national: bool = False) -> Backdrop:
        """The file that pictures on this ground have behind them."""
        kept = self._backdrops.get((ground.width, national))
        if kept is None or kept.ground is not ground:
            kept = self._backdrops[ground.width, national] = Backdrop.of(ground, self.cpts, national=national)
        return kept

    def mesh(self, found: list[Json]) -> list[tuple[int, int]]:
        """Joins these from neighbour to neighbour, as pairs of places in the list; none for too many."""
        if len(found) > MESHED:
            return []
        key = tuple(one["id"] for one in found)
        if key not in self._meshes:
            while len(self._meshes) >= MESHES:
                del self._meshes[next(iter(self._meshes))]
            spots: list[Point] = [(one["lon"], one["lat"]) for one in found]
            self._meshes[key] = mesh(spots)
        return self._meshes[key]


def _placed(feature: Json) -> Json:
    lon, lat = feature["geometry"]["coordinates"][:2]
    return {**feature["properties"], "lat": lat, "lon": lon}


def _point(cpts: Json, vacant: str, held: str) -> Json:
    names = [name for name in map(name_of, cpts["holders"]) if name]
    return {
        "id": cpts["id"],
        "name": cpts["name"],
        "at": [cpts["lat"], cpts["lon"]],
        "href": f"/cpts/{cpts['id']}",
        "people": names or [vacant if cpts["vacant"] else held],
        "vacant": cpts["vacant"],
    }


def atlases() -> Kept[Atlas]:
    """The maps of this portal."""
    return Kept("/map.geojson", Atlas.of, MOST)
