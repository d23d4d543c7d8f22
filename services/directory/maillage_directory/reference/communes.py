"""The region's communes by INSEE code, the only key that is safe: many names are borne twice."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from maillage_directory.reference.files import folder, reread_on_change
from maillage_directory.text import normalised


@dataclass(frozen=True)
class Commune:
    """A commune, or a district of Marseille. `approx`: placed where its inter-communality is."""

    insee: str
    name: str
    parent: str | None
    department: str
    population: int
    lon: float | None
    lat: float | None
    approx: bool

    @property
    def point(self) -> tuple[float, float] | None:
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


class Communes:
    """Looks communes up, by code and, for search boxes only, by name."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self._by_code = {row["insee"]: _commune(row) for row in rows}
        self._former = {code: row["insee"] for row in rows for code in row["former_codes"].split()}
        self._posts: dict[str, list[str]] = {}
        for row in rows:
            for post in row["postal_codes"].split():
                self._posts.setdefault(post, []).append(row["insee"])
        self._districts: dict[str, list[str]] = {}
        for commune in self._by_code.values():
            if commune.parent:
                self._districts.setdefault(commune.parent, []).append(commune.insee)

    @staticmethod
    @cache
    def load() -> Communes:
        """The communes of the folder in use."""
        with (folder() / "communes.csv").open(encoding="utf-8", newline="") as file:
            return Communes(list(csv.DictReader(file)))

    def current(self, insee: str) -> str:
        """The code in force for a code that may be that of a commune merged since."""
        return insee if insee in self._by_code else self._former.get(insee, insee)

    def get(self, insee: str) -> Commune | None:
        """The commune with this code, or that it merged into; None when the region has none such."""
        return self._by_code.get(self.current(insee))

    def districts(self, insee: str) -> list[str]:
        """The codes of a city's municipal districts; empty for any other commune."""
        return self._districts.get(insee, [])

    def coded(self, code: str) -> list[str]:
        """The INSEE codes meant by five digits in a search box: INSEE, former INSEE or postal code."""
        own = [self.current(code)] if self.current(code) in self._by_code else []
        return [*own, *self.districts(code), *self._posts.get(code, [])]

    def named(self, name: str) -> list[Commune]:
        """All communes of that name: more than one for a homonym."""
        wanted = normalised(name)
        return [one for one in self._by_code.values() if normalised(one.name) == wanted]

    def all(self) -> list[Commune]:
        """Every commune and district, in order of code."""
        return list(self._by_code.values())


def _commune(row: dict[str, str]) -> Commune:
    return Commune(
        insee=row["insee"],
        name=row["name"],
        parent=row["parent"] or None,
        department=row["department"],
        population=int(row["population"]),
        lon=float(row["lon"]) if row["lon"] else None,
        lat=float(row["lat"]) if row["lat"] else None,
        approx=row["approx"] == "1",
    )


reread_on_change(Communes.load.cache_clear)
