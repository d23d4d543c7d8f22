"""The events this service publishes within its region, and those between regions (abroad.py): its contract.

Ids and public facts, never a name or a ticket code.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from maillage.events import Event
from pydantic import BaseModel

from maillage_events.events.abroad import (
    GuestAccepted,
    GuestAnswered,
    GuestDecided,
    GuestRequested,
    GuestWithdrawn,
    SeminarOpened,
    SeminarShut,
)

__all__ = [
    "AttendanceRecorded",
    "AttendanceWithdrawn",
    "ErasureConfirmed",
    "GuestAccepted",
    "GuestAnswered",
    "GuestDecided",
    "GuestRequested",
    "GuestWithdrawn",
    "RegistrationCancelled",
    "RegistrationConfirmed",
    "RegistrationOffered",
    "RegistrationUpdated",
    "RegistrationWaitlisted",
    "SeminarCancelled",
    "SeminarCompleted",
    "SeminarFacts",
    "SeminarOpened",
    "SeminarPublished",
    "SeminarShut",
    "SeminarSuggested",
    "SeminarUpdated",
    "WorkshopFacts",
]


class WorkshopFacts(BaseModel):
    """One workshop of a seminar."""

    workshop_id: UUID
    title: str
    track: str | None
    starts_at: datetime
    ends_at: datetime
    room: str


class SeminarEvent(Event, service="events", entity="seminar", key="seminar_id"):
    seminar_id: UUID


class SeminarFacts(SeminarEvent):
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    format: str
    venue: str
    city: str
    capacity: int
    registration_opens_at: datetime
    registration_closes_at: datetime
    tracks: list[str]
    skills: list[str]
    workshops: list[WorkshopFacts]
    sequence: int


class SeminarPublished(SeminarFacts, name="published"):
    """A seminar is announced and can be registered for in its window."""


class SeminarUpdated(SeminarFacts, name="updated"):
    """A published seminar changed; a higher `sequence` means that calendars change too."""


class SeminarCancelled(SeminarEvent, name="cancelled"):
    """A seminar will not take place; each registration is cancelled by an event of its own."""


class SeminarCompleted(SeminarEvent, name="completed"):
    """A seminar took place and is closed."""


class SeminarSuggested(SeminarEvent, name="suggested"):
    """A seminar is proposed to a newcomer; `reasons` are codes."""

    coordinator_id: UUID
    reasons: list[str]


class RegistrationEvent(Event, service="events", entity="registration", key="registration_id"):
    registration_id: UUID
    seminar_id: UUID
    coordinator_id: UUID


class RegistrationConfirmed(RegistrationEvent, name="confirmed"):
    """A person holds a seat; `promoted` when she came from the waiting list."""

    workshop_ids: list[UUID]
    waitlisted_workshop_ids: list[UUID]
    promoted: bool


class RegistrationWaitlisted(RegistrationEvent, name="waitlisted"):
    """The seminar is full: the person waits; `position` counts from 1."""

    position: int


class RegistrationOffered(RegistrationEvent, name="offered"):
    """A seat came free and is held for the person until `expires_at`."""

    workshop_id: UUID | None = None
    expires_at: datetime


class RegistrationUpdated(RegistrationEvent, name="updated"):
    """The workshops of a confirmed registration changed, by choice or by promotion."""

    workshop_ids: list[UUID]
    waitlisted_workshop_ids: list[UUID]


class RegistrationCancelled(RegistrationEvent, name="cancelled"):
    """A seat or place is given up.

    `was` is confirmed, waitlisted or offered; `reason` is self, animator, offer-expired, offer-declined,
    seminar-cancelled, position-ended or erased.
    """

    was: str
    reason: str


class AttendanceEvent(Event, service="events", entity="attendance", key="attendance_id"):
    attendance_id: UUID
    registration_id: UUID
    seminar_id: UUID
    coordinator_id: UUID
    workshop_id: UUID | None = None


class AttendanceRecorded(AttendanceEvent, name="recorded"):
    """A person was present: at the seminar, or in a workshop when it is named."""

    recorded_at: datetime


class AttendanceWithdrawn(AttendanceEvent, name="withdrawn"):
    """A presence had been noted by mistake and does not count."""


class ErasureConfirmed(
    Event, service="events", entity="erasure", name="confirmed", key="coordinator_id", public=True
):
    """This service has erased its copy of a person; `counts` says how many rows of what."""

    coordinator_id: UUID
    erasure_id: UUID
    erased_at: datetime
    counts: dict[str, int]
