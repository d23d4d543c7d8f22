"""A CPTS as it is sent and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, model_validator

from maillage_directory.schemas.common import Body, Department, Insee, Line, Slug, Title, named

CptsName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class CommuneEntry(Body):
    """A commune of the territory; `name` is needed only for one outside the region."""

    insee: Insee
    shared: bool = False
    name: Line | None = None


class MainCommuneEntry(Body):
    """The main commune as it is answered; the code alone counts."""

    insee: Insee
    name: Line | None = None


class Location(Body):
    """A point in WGS 84 degrees."""

    lat: Latitude
    lon: Longitude


CommuneSent = Annotated[
    CommuneEntry, BeforeValidator(named("insee"), json_schema_input_type=Insee | CommuneEntry)
]
"""A commune of the territory, or its INSEE code alone."""
MainCommuneSent = Annotated[
    MainCommuneEntry, BeforeValidator(named("insee"), json_schema_input_type=Insee | MainCommuneEntry)
]
"""The main commune as it is answered, or its INSEE code alone."""


class CptsFields(Body):
    """What may be said of a CPTS; what is left out is worked out from its communes where that is possible."""

    aliases: list[CptsName] = Field(default_factory=list, max_length=20)
    main_commune: MainCommuneSent | None = Field(None, description="default: the most populous one")
    main_commune_insee: Insee | None = Field(None, description="its code alone; main_commune wins")
    principal_department: Department | None = Field(None, description="default: that of the main commune")
    departments: list[Department] = Field(
        default_factory=list, max_length=20, description="beside those of the communes"
    )
    population: int | None = Field(None, ge=0, description="default: the sum of the communes not shared")
    size: int | None = Field(None, ge=1, le=9, description="ACI size; default: from the population")
    challenges: list[Slug] = Field(default_factory=list, max_length=5)
    territory_types: list[Slug] = Field(
        default_factory=list, max_length=10, description="principal one first"
    )
    lat: Latitude | None = Field(None, description="default: the weighted mean of the communes")
    lon: Longitude | None = None
    location: Location | None = Field(None, description="lat and lon together; wins over them")

    @model_validator(mode="after")
    def _as_answered(self) -> Self:
        """What came in the shape of the answer, in the fields that the use cases read."""
        if self.main_commune is not None:
            self.main_commune_insee = self.main_commune.insee
        if self.location is not None:
            self.lat, self.lon = self.location.lat, self.location.lon
        return self


class CptsCreate(CptsFields):
    """A new CPTS."""

    name: CptsName
    slug: Slug | None = Field(None, description="default: from the name")
    status: Slug = "aci-signe"
    communes: list[CommuneSent] = Field(min_length=1, max_length=400)


class CptsChange(CptsFields):
    """What changes; a field left out stays as it is."""

    name: CptsName | None = None
    status: Slug | None = None
    communes: list[CommuneSent] | None = Field(None, min_length=1, max_length=400)

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class CommuneOut(BaseModel):
    """A commune of the territory; `shared` with other CPTS."""

    insee: str
    name: str
    shared: bool


class MainCommuneOut(BaseModel):
    """The commune it is placed and filed by, which is not always its seat."""

    insee: str
    name: str


class Holder(BaseModel):
    """Who holds a post now; the names are absent when they are not open to who is asking."""

    coordinator_id: UUID
    first_name: str | None
    last_name: str | None
    position_id: UUID
    title: Title
    since: date


class CptsOut(BaseModel):
    """A CPTS. `vacant`: nobody is its coordinator now, since `vacant_since` if somebody ever was."""

    id: UUID
    slug: str
    name: str
    aliases: list[str]
    status: str
    communes: list[CommuneOut]
    main_commune: MainCommuneOut
    departments: list[str]
    principal_department: str
    population: int | None
    size: int | None
    challenges: list[str]
    territory_types: list[str]
    lat: float | None
    lon: float | None
    location: Location | None = Field(description="lat and lon together")
    vacant: bool
    vacant_since: date | None
    holders: list[Holder]
    closed_on: date | None
    merged_into: UUID | None
    version: int
    updated_at: datetime
