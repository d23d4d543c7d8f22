"""What is ahead of somebody."""

from __future__ import annotations

from pydantic import BaseModel, Field

from maillage_events.schemas.abroad import GuestRegistrationOut
from maillage_events.schemas.registrations import RegistrationOut
from maillage_events.schemas.seminars import SeminarOut


class AgendaOut(BaseModel):
    """What a page that greets somebody says of seminars, in one answer."""

    seminar: SeminarOut | None = Field(description="The next one published here")
    registrations: list[RegistrationOut] = Field(
        description="Hers, of seminars not over yet, soonest first; cancelled ones included"
    )
    elsewhere: list[GuestRegistrationOut] = Field(
        description="What she asked for in other regions, of seminars not over yet; ended requests included"
    )
