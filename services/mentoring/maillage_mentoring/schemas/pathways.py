"""The pathway of the first hundred days."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from maillage_mentoring.schemas.common import Person


class StepOut(BaseModel):
    """One step, in the reader's language."""

    slug: str
    title: str
    description: str
    due_on: date
    done_at: datetime | None
    how: Literal["auto", "manual"] = Field(description="auto: completed by a fact; manual: she ticks it")


class PathwayOut(BaseModel):
    id: UUID
    coordinator_id: UUID
    coordinator: Person
    position_id: UUID
    cpts_id: UUID
    started_on: date
    due_on: date
    day: int = Field(description="1 on the first day in post; 0 before it")
    total_days: int
    steps: list[StepOut]
    done: int
    total: int
    status: str = Field(description="active, completed or closed")
    version: int
