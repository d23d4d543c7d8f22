"""Mentor profiles and the list of mentors."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from maillage_mentoring.schemas.common import Body, FreeText, Slugs


class MentorProfileIn(Body):
    """Her offer as a whole."""

    active: bool
    capacity: int = Field(2, ge=1, le=20, description="Mentorships at the same time")
    max_pending: int | None = Field(
        None, ge=1, le=20, description="Proposals awaiting her answer at the same time; follows the capacity"
    )
    skills: Slugs
    challenges: Slugs
    note: FreeText = None
    paused_until: date | None = Field(None, description="First day on which she is available again")


class MentorProfileOut(BaseModel):
    """Her offer and what it carries now. Version 0 is an offer never made: a draft from her profile."""

    coordinator_id: UUID
    active: bool
    capacity: int
    max_pending: int
    skills: list[str]
    challenges: list[str]
    note: str | None
    paused_until: date | None
    mentorships: int = Field(description="Active mentorships")
    pending: int = Field(description="Proposals awaiting her answer")
    usual_reply_hours: float | None = Field(description="Median of her latest answers")
    version: int


class Mentor(BaseModel):
    """A mentor in the list."""

    id: UUID = Field(description="Her coordinator id")
    first_name: str | None
    last_name: str | None
    cpts_id: UUID | None
    cpts_name: str | None
    departments: list[str]
    territory_types: list[str]
    skills: list[str]
    challenges: list[str]
    note: str | None = Field(description="Her own words, for colleagues: a program is not told them")
    active: bool
    available: bool = Field(description="Offering, not paused, and with a free place")
    capacity: int
    mentorships: int
    paused_until: date | None
    usual_reply_hours: float | None
    version: int
