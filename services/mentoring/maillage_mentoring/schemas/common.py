"""Parts that several answers share."""

from typing import Annotated, Literal
from uuid import UUID

from maillage.fit import Fit
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Language = Literal["fr", "en"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Slugs = Annotated[list[Slug], Field(default_factory=list, max_length=40)]
NO_PATIENT_DATA = "Never write patient data here."
FreeText = Annotated[
    str | None,
    Field(max_length=2000, description=f"Free text, kept in this service. {NO_PATIENT_DATA}"),
]


class Body(Fit):
    """A request's body: a field that does not exist is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Person(BaseModel):
    """Somebody, as far as her reach lets the reader see; names are null when it does not, or once erased."""

    id: UUID
    first_name: str | None = None
    last_name: str | None = None
    cpts_id: UUID | None = None
    cpts_name: str | None = None


class ReasonText(BaseModel):
    """One thing that counted: a stable code, and a sentence in the reader's language."""

    code: str
    text: str
