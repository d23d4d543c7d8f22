"""The outline of the region's departments, drawn as base map without any third party's tiles."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from maillage_directory.reference.files import bundled, folder, reread_on_change


@cache
def outline() -> dict[str, Any]:
    """The departments as a GeoJSON FeatureCollection."""
    document: dict[str, Any] = json.loads((folder() / "departments.geojson").read_text(encoding="utf-8"))
    return document


@cache
def country() -> dict[str, Any]:
    """The regions of mainland France and Corsica, coarser, for a map that shows several of them."""
    document: dict[str, Any] = json.loads((bundled() / "regions.geojson").read_text(encoding="utf-8"))
    return document


@cache
def polygons() -> list[list[list[list[float]]]]:
    """All polygons of the outline, islands included, each a list of rings."""
    found: list[list[list[list[float]]]] = []
    for feature in outline()["features"]:
        geometry = feature["geometry"]
        found += [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return found


reread_on_change(outline.cache_clear)
reread_on_change(polygons.cache_clear)
