"""The region's CPTS as the map has them, kept for as long as the directory says that they are the same.

The directory is asked at every visit, with the tags of what is kept: it decides what this visitor may see,
and a tag stands for the very same content. So nobody is shown what was kept for somebody who may see more.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from maillage_portal.api import Api
from maillage_portal.people import Json, name_of

MOST = 8
"""Maps kept at once: what is open to a visitor, a member and an animator, and some questions."""
Question = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Atlas:
    """Every CPTS of one answer, those without a place included, and as points on a map."""

    cpts: list[Json]
    by_id: dict[str, Json] = field(repr=False)
    _places: dict[tuple[str, str], list[Json]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, collection: Json) -> Atlas:
        """From the directory's GeoJSON."""
        cpts = [_placed(feature) for feature in collection["features"]]
        cpts += [{**facts, "lat": None, "lon": None} for facts in collection.get("unplaced", [])]
        return cls(cpts, {one["id"]: one for one in cpts})

    def places(self, vacant: str, held: str) -> list[Json]:
        """The points of the map, with these words for a post that names nobody."""
        if (vacant, held) not in self._places:
            self._places[vacant, held] = [
                _place(one, vacant, held) for one in self.cpts if one["lat"] is not None
            ]
        return self._places[vacant, held]


def _placed(feature: Json) -> Json:
    lon, lat = feature["geometry"]["coordinates"][:2]
    return {**feature["properties"], "lat": lat, "lon": lon}


def _place(cpts: Json, vacant: str, held: str) -> Json:
    names = [name for name in map(name_of, cpts["holders"]) if name]
    return {
        "id": cpts["id"],
        "name": cpts["name"],
        "at": [cpts["lat"], cpts["lon"]],
        "href": f"/cpts/{cpts['id']}",
        "people": names or [vacant if cpts["vacant"] else held],
        "match": False,
        "vacant": cpts["vacant"],
        "you": False,
    }


class Atlases:
    """The maps kept, by question and tag; the one not asked for longest goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Question, str], Atlas] = OrderedDict()

    async def ask(self, api: Api, asked: Json) -> Atlas:
        """The CPTS under these filters of `/cpts`, as this visitor may see them."""
        question = tuple(sorted((name, str(value)) for name, value in asked.items() if value))
        known = {tag: atlas for (kept, tag), atlas in self._kept.items() if kept == question}
        answer = await api.unless(list(known), "directory", "/map.geojson", **dict(question))
        tag = answer.version or ""
        atlas = known[tag] if answer.status == 304 else Atlas.of(answer.body)
        self._kept[question, tag] = atlas
        self._kept.move_to_end((question, tag))
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return atlas
