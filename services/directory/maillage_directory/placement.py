"""Where a territory stands on the map, when all that is known is its communes.

A CPTS stands at the mean of its communes, weighted by population, moved onto land when that falls off the
coast as it is drawn. Territories that would cover one another (three share Nice) are spread on a small ring.
Distances are in kilometres, coordinates (lon, lat) in degrees.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

Point = tuple[float, float]
Ring = Sequence[Sequence[float]]

EARTH_RADIUS = 6371.0
KM_PER_DEGREE = 111.2
INSIDE_BY = 0.002
"""How far inside the drawn coast a point is put, in degrees (about 200 m)."""
SPREAD_RADIUS = 1.6
SAME_PLACE = 0.4


def distance(one: Point, other: Point) -> float:
    """Great-circle distance in kilometres."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*one, *other))
    chord = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(chord))


def weighted_mean(places: Iterable[tuple[Point, int]]) -> Point | None:
    """The mean of (point, weight) pairs; None when there is nothing to weigh."""
    pairs = [(point, max(weight, 1)) for point, weight in places]
    total = sum(weight for _, weight in pairs)
    if not total:
        return None
    lon = sum(point[0] * weight for point, weight in pairs) / total
    lat = sum(point[1] * weight for point, weight in pairs) / total
    return round(lon, 4), round(lat, 4)


def contains(rings: Sequence[Ring], point: Point) -> bool:
    """Whether a polygon (outer ring, then holes) contains the point, by the even-odd rule."""
    inside = False
    for ring in rings:
        for (x1, y1, *_), (x2, y2, *_) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 > point[1]) != (y2 > point[1]):
                crossing = x1 + (point[1] - y1) / (y2 - y1) * (x2 - x1)
                inside ^= point[0] < crossing
    return inside


def on_land(point: Point, polygons: Sequence[Sequence[Ring]]) -> Point:
    """The point itself when a polygon contains it, else the nearest place just inside one."""
    if not polygons or any(contains(rings, point) for rings in polygons):
        return point
    nearest = min(
        (_nearest_on(ring, point) for rings in polygons for ring in rings),
        key=lambda found: _flat_distance(point, found),
    )
    dx, dy = nearest[0] - point[0], nearest[1] - point[1]
    length = math.hypot(dx, dy) or 1.0
    for angle in (0.0, 0.6, -0.6, 1.2, -1.2, 2.0, -2.0, 2.8, -2.8):
        cos, sin = math.cos(angle), math.sin(angle)
        step = ((dx * cos - dy * sin) / length, (dx * sin + dy * cos) / length)
        inside = (
            round(nearest[0] + step[0] * INSIDE_BY, 4),
            round(nearest[1] + step[1] * INSIDE_BY, 4),
        )
        if any(contains(rings, inside) for rings in polygons):
            return inside
    return nearest


def spread(points: Mapping[str, Point]) -> dict[str, Point]:
    """The same points, those at one place set apart on a ring around it, in the order of their keys."""
    placed: dict[str, Point] = {}
    for group in _groups(points):
        if len(group) == 1:
            placed[group[0]] = points[group[0]]
            continue
        centre = weighted_mean((points[key], 1) for key in group) or points[group[0]]
        for index, key in enumerate(group):
            placed[key] = _around(centre, index / len(group))
    return placed


def _groups(points: Mapping[str, Point]) -> list[list[str]]:
    """Keys whose points are at the place of a group's first; of several such groups, the oldest."""
    groups: list[list[str]] = []
    grid: dict[tuple[int, int], list[int]] = {}  # the groups by the square their first point is in
    for key in sorted(points):
        column, row = _square(points[key])
        around = [(column + right, row + up) for right in (-1, 0, 1) for up in (-1, 0, 1)]
        near = sorted(group for square in around for group in grid.get(square, ()))
        home = next((g for g in near if distance(points[groups[g][0]], points[key]) < SAME_PLACE), None)
        if home is None:
            grid.setdefault((column, row), []).append(len(groups))
            groups.append([key])
        else:
            groups[home].append(key)
    return groups


def _square(point: Point) -> tuple[int, int]:
    """A square of the grid: higher than SAME_PLACE, and wider than it up to 84 degrees of latitude."""
    height = SAME_PLACE / KM_PER_DEGREE * 1.01
    return math.floor(point[0] / (height * 10)), math.floor(point[1] / height)


def _around(centre: Point, turn: float) -> Point:
    angle = math.pi / 2 + turn * 2 * math.pi
    lat = centre[1] + SPREAD_RADIUS * math.sin(angle) / KM_PER_DEGREE
    scale = KM_PER_DEGREE * math.cos(math.radians(centre[1]))
    return round(centre[0] + SPREAD_RADIUS * math.cos(angle) / scale, 4), round(lat, 4)


def _nearest_on(ring: Ring, point: Point) -> Point:
    best: Point | None = None
    for (x1, y1, *_), (x2, y2, *_) in zip(ring, [*ring[1:], ring[0]], strict=True):
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        along = ((point[0] - x1) * (x2 - x1) + (point[1] - y1) * (y2 - y1)) / length if length else 0.0
        along = min(1.0, max(0.0, along))
        found = (x1 + along * (x2 - x1), y1 + along * (y2 - y1))
        if best is None or _flat_distance(point, found) < _flat_distance(point, best):
            best = found
    if best is None:
        raise ValueError("a ring without points")
    return best


def _flat_distance(one: Point, other: Point) -> float:
    scale = math.cos(math.radians(one[1]))
    return math.hypot((one[0] - other[0]) * scale, one[1] - other[1])
