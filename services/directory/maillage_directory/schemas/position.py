"""A post and its holder, as sent and answered."""

from __future__ import annotations

from datetime import date
from typing import Self
from uuid import UUID

from maillage.errors import Invalid
from pydantic import BaseModel, model_validator

from maillage_directory.schemas.common import Body, Title
from maillage_directory.schemas.coordinator import CoordinatorCreate, PersonOut


class PositionStart(Body):
    """Who takes up the post: somebody known, or somebody new, whose profile and account are made with it."""

    coordinator_id: UUID | None = None
    coordinator: CoordinatorCreate | None = None
    title: Title = "coordinator"
    started_on: date | None = None

    @model_validator(mode="after")
    def _one_person(self) -> Self:
        if (self.coordinator_id is None) == (self.coordinator is None):
            raise Invalid(errors=[{"pointer": "/coordinator_id", "detail": "coordinator_id | coordinator"}])
        return self


class PositionEnd(Body):
    """The last day (default: today) and who takes over, if that is known."""

    ended_on: date | None = None
    successor_id: UUID | None = None


class PositionOut(BaseModel):
    """A post held by a person from a day to a day."""

    id: UUID
    cpts_id: UUID
    cpts_name: str
    coordinator_id: UUID
    coordinator: PersonOut | None
    title: Title
    started_on: date
    ended_on: date | None
    successor_id: UUID | None
    version: int
