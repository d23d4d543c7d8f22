"""Mentorships, their meetings and their feedback."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from maillage_mentoring.schemas.common import Body, FreeText, Person


class MeetingIn(Body):
    """They met. The topics stay between the two."""

    held_on: date
    duration_minutes: int = Field(ge=5, le=600)
    topics: FreeText = None


class MeetingOut(BaseModel):
    id: UUID
    held_on: date
    duration_minutes: int
    topics: str | None = Field(description="Only the two see it")


class MentorshipOut(BaseModel):
    """A pair. Goals and topics are shown to the two only."""

    id: UUID
    request_id: UUID | None
    mentee_id: UUID
    mentee: Person
    mentor_id: UUID
    mentor: Person
    status: str = Field(description="active or ended")
    started_on: date
    ended_on: date | None
    end_reason: str | None
    handover_request_id: UUID | None
    goals: str | None
    cadence_days: int | None
    meetings: list[MeetingOut]
    meetings_count: int
    minutes: int
    version: int
    updated_at: datetime


class AgreementIn(Body):
    """Only the fields sent are changed."""

    goals: FreeText = None
    cadence_days: int | None = Field(None, ge=1, le=365, description="A meeting every so many days")


class EndIn(Body):
    """No reason is owed."""

    reason: Literal["completed", "no-fault"] = "completed"
    rematch: bool = Field(False, description="Look for another mentor at once")


class FeedbackIn(Body):
    rating: int = Field(ge=1, le=5)
    comment: FreeText = None


class FeedbackOut(BaseModel):
    id: UUID
    mentorship_id: UUID
    rating: int
    comment: str | None
