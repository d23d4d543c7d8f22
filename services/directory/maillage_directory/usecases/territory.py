"""What follows from a territory's communes: departments, population, size, place on the map, search words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maillage.errors import FieldError, Invalid

from maillage_directory import placement
from maillage_directory.errors import UnknownCommune
from maillage_directory.model import Cpts, CptsCommune, CptsDepartment
from maillage_directory.reference import communes, polygons, vocabulary
from maillage_directory.schemas.cpts import CommuneEntry, CptsFields
from maillage_directory.text import normalised


@dataclass(frozen=True)
class Covered:
    """A commune of a territory as the reference knows it, or as given when it is outside the region."""

    insee: str
    name: str
    shared: bool
    population: int
    point: placement.Point | None

    @property
    def department(self) -> str:
        return department_of(self.insee)


def department_of(insee: str) -> str:
    """The department in an INSEE code; overseas codes have three characters."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def covered(entries: Sequence[CommuneEntry]) -> list[Covered]:
    """The communes by their codes in force, each once. Raises UnknownCommune with pointers."""
    known, found, errors = communes(), dict[str, Covered](), list[FieldError]()
    for index, entry in enumerate(entries):
        commune = known.get(entry.insee)
        if commune is not None:
            one = Covered(commune.insee, commune.name, entry.shared, commune.population, commune.point)
        elif entry.name is not None:
            one = Covered(entry.insee, entry.name, entry.shared, 0, None)
        else:
            errors.append({"pointer": f"/communes/{index}/insee", "detail": "INSEE"})
            continue
        found.setdefault(one.insee, one)
    if errors:
        raise UnknownCommune(errors=errors)
    return sorted(found.values(), key=lambda one: one.insee)


TERRITORY_FIELDS = frozenset(
    CptsFields.model_fields.keys() - {"aliases", "challenges", "territory_types"} | {"communes"}
)


def settle(cpts: Cpts, area: Sequence[Covered], given: CptsFields) -> None:
    """Puts the territory on the row: what was given as it is, the rest from communes that are new."""
    sent, fresh = given.model_fields_set, _territory(area) != _territory(cpts.communes)
    main = _main_commune(area, given.main_commune_insee, None if fresh else cpts.main_commune_insee)
    cpts.main_commune_insee, cpts.main_commune_name = main.insee, main.name
    if fresh or given.principal_department:
        cpts.principal_department = given.principal_department or main.department
    further = given.departments if "departments" in sent or fresh else cpts.department_codes
    codes = {one.department for one in area} | {*further, cpts.principal_department}
    cpts.departments = [_department_row(cpts, code) for code in sorted(codes)]
    cpts.communes = [_commune_row(cpts, one) for one in area]
    if fresh or "population" in sent:
        cpts.population = given.population if given.population is not None else _population(area)
    if fresh or sent & {"population", "size"}:
        cpts.size = given.size if given.size is not None else _size(cpts.population)
    if fresh or sent & {"lat", "lon"}:
        _locate(cpts, area, given)


def _territory(area: Sequence[Covered | CptsCommune]) -> set[tuple[str, bool]]:
    return {(one.insee, one.shared) for one in area}


def _locate(cpts: Cpts, area: Sequence[Covered], given: CptsFields) -> None:
    sent = given.model_fields_set
    moved = bool(sent & {"lat", "lon"})
    lat = given.lat if "lat" in sent or not moved else cpts.lat
    lon = given.lon if "lon" in sent or not moved else cpts.lon
    if (lat is None) != (lon is None):
        raise Invalid(errors=[{"pointer": "/lat" if lat is None else "/lon", "detail": "lat + lon"}])
    point = place(area) if lat is None or lon is None else (lon, lat)
    cpts.lon, cpts.lat = placement.on_land(point, polygons()) if point else (None, None)


def place(area: Sequence[Covered]) -> placement.Point | None:
    """The weighted mean of the communes that can be located."""
    return placement.weighted_mean((one.point, one.population) for one in area if one.point)


def search_text(cpts: Cpts) -> str:
    """The words a search box finds the CPTS by."""
    return normalised(cpts.name, *cpts.aliases, cpts.slug, *(one.name for one in cpts.communes))


def _main_commune(area: Sequence[Covered], given: str | None, present: str | None) -> Covered:
    codes = {one.insee: one for one in area}
    if given is not None:
        wanted = codes.get(communes().current(given))
        if wanted is None:
            raise UnknownCommune(errors=[{"pointer": "/main_commune", "detail": "/communes"}])
        return wanted
    largest = max(area, key=lambda one: (one.population, one.insee))
    return codes.get(present, largest) if present else largest


def _population(area: Sequence[Covered]) -> int | None:
    """The sum over the communes; unknown when one is shared: nobody says how many live in which part."""
    if any(one.shared for one in area):
        return None
    return sum(one.population for one in area) or None


def _size(population: int | None) -> int | None:
    return None if population is None else vocabulary().size_of(population)


def _commune_row(cpts: Cpts, one: Covered) -> CptsCommune:
    kept = next((row for row in cpts.communes if row.insee == one.insee), None)
    row = kept or CptsCommune(insee=one.insee)
    row.name, row.shared = one.name, one.shared
    return row


def _department_row(cpts: Cpts, code: str) -> CptsDepartment:
    kept = next((row for row in cpts.departments if row.code == code), None)
    return kept or CptsDepartment(code=code)
