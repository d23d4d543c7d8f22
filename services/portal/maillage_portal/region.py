"""The region as a picture: outlines projected, points, and the mesh that joins those who share a challenge.

The mesh is a minimum spanning tree over great-circle distances: from neighbour to neighbour, nothing twice.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

Point = tuple[float, float]
"""Longitude, latitude in degrees."""
EARTH_KM = 6371.0
MARGIN = 8


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


@dataclass(frozen=True)
class Dot:
    """One CPTS on the picture."""

    x: float
    y: float
    chosen: bool
    vacant: bool
    you: bool
    abroad: bool = False


@dataclass(frozen=True)
class Picture:
    """What the template draws: paths of land, edges of the mesh, dots."""

    width: int
    height: int
    land: list[str]
    edges: list[tuple[Point, Point]]
    dots: list[Dot]

    @property
    def drawn(self) -> Markup:
        """Land, mesh and dots as SVG. Made of numbers only, so that nothing in it wants escaping."""
        land = "".join(f'<path d="{path}"/>' for path in self.land)
        lines = "".join(f'<line x1="{a}" y1="{b}" x2="{c}" y2="{d}"/>' for (a, b), (c, d) in self.edges)
        dots = "".join(map(_drawn, self.dots))
        return Markup(f'<g class="land">{land}</g><g class="edge">{lines}</g>{dots}')  # noqa: S704 - numbers only


def _drawn(dot: Dot) -> str:
    x, y = dot.x, dot.y
    if dot.abroad:
        square = f'x="{x - 3.5}" y="{y - 3.5}" width="7" height="7" transform="rotate(45 {x} {y})"'
        shape = f'<rect class="dot abroad" {square}/>'
    else:
        kind = "dot" + " chosen" * dot.chosen + " vacant" * dot.vacant
        shape = f'<circle class="{kind}" cx="{x}" cy="{y}" r="{5.5 if dot.chosen else 3.4}"/>'
    return shape + (f'<circle class="ring" cx="{x}" cy="{y}" r="10"/>' if dot.you else "")


def picture(outline: Any, places: Any, width: int = 520) -> Picture:
    """Draws `places` (see `directory_view.Found.places`) over the outlines of a GeoJSON collection."""
    rings = [ring for feature in outline["features"] for ring in _rings(feature["geometry"])]
    flat = [point for ring in rings for point in ring]
    west, east = min(p[0] for p in flat), max(p[0] for p in flat)
    south, north = min(p[1] for p in flat), max(p[1] for p in flat)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = (width - 2 * MARGIN) / ((east - west) * squeeze)

    def at(lon: float, lat: float) -> Point:
        x = MARGIN + (lon - west) * squeeze * scale
        return round(x, 1), round(MARGIN + (north - lat) * scale, 1)

    land = ["M" + "L".join(f"{x} {y}" for x, y in (at(*point[:2]) for point in ring)) + "Z" for ring in rings]
    spots = [at(lon, lat) for lat, lon in (place["at"] for place in places["places"])]
    edges = [(spots[a], spots[b]) for a, b in places["edges"]]
    dots = [
        Dot(*spot, place["match"], place["vacant"], place["you"], place.get("abroad", False))
        for spot, place in zip(spots, places["places"], strict=True)
    ]
    dots.sort(key=lambda dot: (dot.chosen, dot.you))
    return Picture(width, round((north - south) * scale + 2 * MARGIN), land, edges, dots)


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    """Outer and inner rings of a polygon or multipolygon."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon
