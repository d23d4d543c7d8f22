"""The region as a picture: outlines projected, points, and the mesh that joins those who share a challenge.

The mesh is a minimum spanning tree over great-circle distances: from neighbour to neighbour, nothing twice.
What every page shows of it, land and all CPTS, is a file of its own (`backdrop.py`); a page draws over it
what it says: those found, joined, and where the reader is.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

Point = tuple[float, float]
"""Longitude, latitude in degrees; on a picture x and y."""
EARTH_KM = 6371.0
MARGIN = 8
QUIET, CHOSEN = 3.4, 5.5
"""Radius of a dot, and of one that was found."""


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance."""
    (lon1, lat1), (lon2, lat2) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


def mesh(points: Sequence[Point]) -> list[tuple[int, int]]:
    """The edges (index pairs) of the minimum spanning tree, by Prim's way."""
    if len(points) < 2:
        return []
    spots = [_on_sphere(point) for point in points]
    # The nearer two points on a sphere, the larger the product of their vectors: no trigonometry per pair.
    nearest = {i: (_product(spots[0], spots[i]), 0) for i in range(1, len(points))}
    edges: list[tuple[int, int]] = []
    while nearest:
        new = max(nearest, key=lambda i: nearest[i][0])
        edges.append((nearest.pop(new)[1], new))
        x, y, z = spots[new]
        for i, (known, _) in nearest.items():
            a, b, c = spots[i]
            product = x * a + y * b + z * c
            if product > known:
                nearest[i] = (product, new)
    return edges


def _on_sphere(point: Point) -> tuple[float, float, float]:
    lon, lat = math.radians(point[0]), math.radians(point[1])
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def _product(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


@dataclass(frozen=True, eq=False)
class Ground:
    """Outlines projected to a width: the land as SVG paths, and where a place is on it."""

    width: int
    height: int
    land: str = field(repr=False)
    _corner: Point
    _scale: Point

    @classmethod
    def of(cls, outline: Any, width: int) -> "Ground":
        """From a GeoJSON collection of polygons."""
        rings = [ring for feature in outline["features"] for ring in _rings(feature["geometry"])]
        flat = [point for ring in rings for point in ring]
        west, east = min(p[0] for p in flat), max(p[0] for p in flat)
        south, north = min(p[1] for p in flat), max(p[1] for p in flat)
        squeeze = math.cos(math.radians((south + north) / 2))
        scale = (width - 2 * MARGIN) / ((east - west) * squeeze)
        height = round((north - south) * scale + 2 * MARGIN)
        bare = cls(width, height, "", (west, north), (squeeze * scale, scale))
        return cls(width, height, "".join(map(bare._path, rings)), bare._corner, bare._scale)

    def at(self, lon: float, lat: float) -> Point:
        """Where a place is drawn."""
        (west, north), (across, down) = self._corner, self._scale
        return round(MARGIN + (lon - west) * across, 1), round(MARGIN + (north - lat) * down, 1)

    def _path(self, ring: list[list[float]]) -> str:
        points = (self.at(*point[:2]) for point in ring)
        return f'<path d="M{"L".join(f"{x} {y}" for x, y in points)}Z"/>'


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    """Outer and inner rings of a polygon or multipolygon."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon


@dataclass(frozen=True)
class Spot:
    """A place that a page marks."""

    lon: float
    lat: float
    vacant: bool = False

    @classmethod
    def of(cls, cpts: Any) -> "Spot":
        """From a CPTS that has a place."""
        return cls(cpts["lon"], cpts["lat"], cpts["vacant"])


@dataclass(frozen=True)
class Marks:
    """What a page says on the map: those found, which of them are joined, the reader, other regions."""

    found: Sequence[Spot] = ()
    edges: Sequence[tuple[int, int]] = ()
    you: Spot | None = None
    abroad: Sequence[Spot] = ()


@dataclass(frozen=True)
class Picture:
    """What the template draws: the file with land and all CPTS, and the page's own marks over it."""

    width: int
    height: int
    behind: str
    marks: Markup = field(repr=False)


def marked(ground: Ground, marks: Marks) -> Markup:
    """Mesh, dots and ring as SVG. Made of numbers only, so that nothing in it wants escaping."""
    spots = [ground.at(one.lon, one.lat) for one in marks.found]
    lines = "".join(_line(spots[a], spots[b]) for a, b in marks.edges)
    dots = "".join(
        dot(spot, CHOSEN, "chosen vacant" if one.vacant else "chosen")
        for spot, one in zip(spots, marks.found, strict=True)
    )
    ring = dot(ground.at(marks.you.lon, marks.you.lat), 10, "", "ring") if marks.you else ""
    abroad = "".join(_lozenge(*ground.at(one.lon, one.lat)) for one in marks.abroad)
    return Markup(f'<g class="edge">{lines}</g>{abroad}{dots}{ring}')  # noqa: S704 - numbers only


def dots(spots: Iterable[Point]) -> str:
    """Dots that take their look from what they stand in."""
    return "".join(f'<circle cx="{x}" cy="{y}" r="{QUIET}"/>' for x, y in spots)


def dot(spot: Point, radius: float, kind: str, what: str = "dot") -> str:
    """One dot with a look of its own."""
    return f'<circle class="{f"{what} {kind}".strip()}" cx="{spot[0]}" cy="{spot[1]}" r="{radius}"/>'


def _line(one: Point, other: Point) -> str:
    return f'<line x1="{one[0]}" y1="{one[1]}" x2="{other[0]}" y2="{other[1]}"/>'


def _lozenge(x: float, y: float) -> str:
    square = f'x="{x - 3.5}" y="{y - 3.5}" width="7" height="7" transform="rotate(45 {x} {y})"'
    return f'<rect class="dot abroad" {square}/>'
