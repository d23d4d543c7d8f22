"""Seminars and workshops in requests and answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from maillage import clock
from maillage.fit import Fit
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from maillage_events.model import SeatPool
from maillage_events.queries import SeminarView, WorkshopView
from maillage_events.schemas.words import (
    Audience,
    Capacity,
    Department,
    Format,
    Instant,
    Line,
    Paragraph,
    Slug,
    Slugs,
    Text,
    TimeZone,
    Title,
    not_null,
)


class Body(Fit):
    """A request body: fields it does not know are refused."""

    model_config = ConfigDict(extra="forbid")

    def changes(self) -> dict[str, Any]:
        """Only what was sent, as plain values."""
        return self.model_dump(exclude_unset=True)


class Speaker(Fit):
    """Who leads a workshop; a coordinator of the network with her id, so that erasure finds her."""

    model_config = ConfigDict(extra="forbid")

    name: Title
    coordinator_id: UUID | None = None


def by_name(sent: Any) -> Any:
    """A speaker sent as a bare name."""
    return {"name": sent} if isinstance(sent, str) else sent


SpeakerSent = Annotated[Speaker, BeforeValidator(by_name, json_schema_input_type=Title | Speaker)]
"""A speaker, or her name alone."""


class SeminarIn(Body):
    """A new seminar, as a draft. Registration opens now and closes when it starts unless said otherwise."""

    title: Title
    slug: Slug | None = Field(None, description="For its page's address; made from the title when absent")
    summary: Paragraph = ""
    description: Text = ""
    starts_at: Instant
    ends_at: Instant
    time_zone: TimeZone = "Europe/Paris"
    format: Format = "onsite"
    venue: Line = ""
    address: Line = ""
    city: Line = ""
    department: Department | None = None
    capacity: Capacity
    registration_opens_at: Instant | None = None
    registration_closes_at: Instant | None = None
    change_until: Instant | None = Field(None, description="Until when people may change their workshops")
    offer_minutes: int = Field(48 * 60, ge=1, le=30 * 24 * 60, description="Time to accept a seat offered")
    tracks: Slugs = Field([])
    skills: Slugs = Field([])
    audience: Audience = Field("region", description="`national`: open to all regions")

    def draft(self) -> dict[str, Any]:
        """All fields, with the times left out filled in."""
        fields = self.model_dump()
        closes, now = self.registration_closes_at or self.starts_at, clock.now()
        opened = now if now < closes else closes - timedelta(days=30)  # a seminar entered afterwards
        fields["registration_opens_at"] = self.registration_opens_at or opened
        fields["registration_closes_at"] = closes
        fields["change_until"] = self.change_until or closes
        return fields


class SeminarPatch(Body):
    """Fields to change; those left out stay."""

    title: Title | None = None
    slug: Slug | None = None
    summary: Paragraph | None = None
    description: Text | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    time_zone: TimeZone | None = None
    format: Format | None = None
    venue: Line | None = None
    address: Line | None = None
    city: Line | None = None
    department: Department | None = None
    capacity: Capacity | None = None
    registration_opens_at: Instant | None = None
    registration_closes_at: Instant | None = None
    change_until: Instant | None = None
    offer_minutes: int | None = Field(None, ge=1, le=30 * 24 * 60)
    tracks: Slugs | None = None
    skills: Slugs | None = None
    audience: Audience | None = None

    @model_validator(mode="before")
    @classmethod
    def _nulls(cls, data: Any) -> Any:
        return not_null(data, frozenset(cls.model_fields) - {"department"})


class WorkshopIn(Body):
    """A new workshop; without a capacity, as many as the seminar holds may come."""

    title: Title
    summary: Paragraph = ""
    track: Slug | None = None
    starts_at: Instant
    ends_at: Instant
    room: Line = ""
    capacity: Capacity | None = None
    speakers: list[SpeakerSent] = Field([], max_length=20)
    skills: Slugs = Field([])

    def draft(self) -> dict[str, Any]:
        """All fields as plain values."""
        return self.model_dump() | {"speakers": speakers(self.speakers)}


class WorkshopPatch(Body):
    """Fields to change; those left out stay."""

    title: Title | None = None
    summary: Paragraph | None = None
    track: Slug | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    room: Line | None = None
    capacity: Capacity | None = None
    speakers: list[SpeakerSent] | None = Field(None, max_length=20)
    skills: Slugs | None = None

    @model_validator(mode="before")
    @classmethod
    def _nulls(cls, data: Any) -> Any:
        return not_null(data, frozenset(cls.model_fields) - {"track", "capacity"})

    def changes(self) -> dict[str, Any]:
        """Only what was sent, as plain values."""
        sent = super().changes()
        return sent | {"speakers": speakers(self.speakers)} if self.speakers is not None else sent


def speakers(given: list[Speaker]) -> list[dict[str, Any]]:
    """As kept: JSON values only."""
    return [one.model_dump(mode="json") for one in given]


class WorkshopOut(BaseModel):
    """A workshop with its seats; `capacity` and `seats_left` are null where seats are not limited."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    seminar_id: UUID
    title: str
    summary: str
    track: str | None
    starts_at: datetime
    ends_at: datetime
    room: str
    capacity: int | None
    speakers: list[Speaker]
    skills: list[str]
    confirmed: int
    waitlisted: int
    seats_left: int | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: WorkshopView) -> Self:
        """From the rows."""
        return cls.model_validate({**_columns(view.workshop), **_seats(view.pool)})


class SeminarOut(BaseModel):
    """A seminar with its seats and workshops. Seats offered to someone count as taken."""

    id: UUID
    slug: str
    title: str
    summary: str
    description: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    format: str
    venue: str
    address: str
    city: str
    department: str | None
    capacity: int
    registration_opens_at: datetime
    registration_closes_at: datetime
    change_until: datetime
    offer_minutes: int
    tracks: list[str]
    skills: list[str]
    status: str
    audience: str
    sequence: int = Field(description="Moves on whenever calendars would show something else")
    confirmed: int
    offered: int
    waitlisted: int
    seats_left: int
    open: bool = Field(description="Whether a coordinator may register by herself now")
    workshops: list[WorkshopOut]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: SeminarView) -> Self:
        """From the rows."""
        return cls.model_validate(
            {
                **_columns(view.seminar),
                **_seats(view.pool),
                "open": view.seminar.is_open(clock.now()),
                "workshops": [WorkshopOut.of(one) for one in view.workshops],
            }
        )


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}


def _seats(pool: SeatPool) -> dict[str, int | None]:
    names = ("capacity", "confirmed", "offered", "waitlisted", "seats_left")
    return {name: getattr(pool, name) for name in names}
