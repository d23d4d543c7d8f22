"""Other regions' seminars and seats asked for there, in answers."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from maillage import clock
from pydantic import BaseModel, ConfigDict, Field

from maillage_events.model import GuestRequest, NeighbourSeminar


class NeighbourSeminarOut(BaseModel):
    """A seminar of another region as that region last told it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    region: str = Field(description="ISO 3166-2 code in lower case")
    status: str = Field(description="open or shut")
    shut_reason: str | None
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    format: str
    venue: str
    city: str
    capacity: int | None
    seats_left: int | None
    registration_opens_at: datetime | None
    registration_closes_at: datetime | None
    tracks: list[str]
    skills: list[str]
    url: str | None = Field(description="Its page in the host's portal")
    sequence: int
    updated_at: datetime
    open: bool = Field(False, description="Whether a seat may be asked for now; the host decides")

    @classmethod
    def of(cls, seminar: NeighbourSeminar) -> Self:
        """From the row."""
        return cls.model_validate(seminar).model_copy(update={"open": seminar.is_open(clock.now())})


class GuestRegistrationOut(BaseModel):
    """A seat asked for in another region, with what its host has answered so far."""

    id: UUID
    coordinator_id: UUID | None
    host_region: str
    seminar_id: UUID
    seminar: NeighbourSeminarOut
    status: str = Field(description="requested, confirmed, waitlisted, offered, refused or cancelled")
    waitlist_position: int | None
    offer_expires_at: datetime | None
    accepted_at: datetime | None = Field(description="When the offered seat was taken; the host confirms it")
    reason: str | None
    requested_at: datetime
    answered_at: datetime | None
    version: int
    updated_at: datetime

    @classmethod
    def of(cls, asked: GuestRequest, seminar: NeighbourSeminar) -> Self:
        """From the rows."""
        return cls(
            id=asked.id,
            coordinator_id=asked.coordinator_id,
            host_region=asked.host_region,
            seminar_id=asked.seminar_id,
            seminar=NeighbourSeminarOut.of(seminar),
            status=asked.status,
            waitlist_position=asked.position,
            offer_expires_at=asked.expires_at,
            accepted_at=asked.accepted_at,
            reason=asked.reason,
            requested_at=asked.requested_at,
            answered_at=asked.answered_at,
            version=asked.version,
            updated_at=asked.updated_at,
        )
