"""People of other regions in answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from maillage_directory.schemas.coordinator import ChallengeOut, SkillOut


class NeighbourOut(BaseModel):
    """A person of another region as far as she is open to who is asking; `shared_fields` says which are."""

    id: UUID
    region: str = Field(description="ISO 3166-2 code in lower case")
    status: str = Field(description="shown; withdrawn or erased only in a list of changes")
    first_name: str | None
    last_name: str | None
    challenges: list[ChallengeOut]
    skills: list[SkillOut]
    posts: list[dict[str, Any]] = Field(
        description="cpts_id, cpts_name, title, started_on, commune, department, lat, lon; the latest first"
    )
    shared_fields: list[str]
    updated_at: datetime


class RegionOut(BaseModel):
    """A region that shares people with ours, and how many of them with who is asking."""

    region: str
    coordinators: int


class RegionList(BaseModel):
    """The regions linked to ours."""

    items: list[RegionOut]
