"""The events between regions: a seminar that is open to all of them, a guest's request and its answer.

The host learns a guest's name from her region's directory, so all of these carry ids only.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from maillage.events import Event
from pydantic import Field


class SeminarOpened(Event, service="events", entity="seminar", name="opened", key="seminar_id", public=True):
    """A published seminar is open to all regions; again whenever one of these facts changes."""

    seminar_id: UUID
    title: str = Field(min_length=1)
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    format: str = Field(description="onsite, online or hybrid")
    venue: str
    city: str
    capacity: int
    seats_left: int
    registration_opens_at: datetime
    registration_closes_at: datetime
    tracks: list[str]
    skills: list[str]
    url: str | None = Field(description="its page in the host's portal")
    sequence: int = Field(description="moves on whenever calendars would show something else")


class SeminarShut(Event, service="events", entity="seminar", name="shut", key="seminar_id", public=True):
    """A seminar is open to other regions no more."""

    seminar_id: UUID
    reason: str = Field(description="cancelled, completed or withdrawn")


class GuestEvent(Event, service="events", entity="guest", key="guest_id"):
    """What all events about a guest's place share. `guest_id` is made by the guest's region."""

    guest_id: UUID
    seminar_id: UUID
    coordinator_id: UUID


class GuestRequested(GuestEvent, name="requested", public=True):
    """Published by the guest's region: she asks for a seat at a seminar of `host_region`."""

    host_region: str
    requested_at: datetime


class GuestAccepted(GuestEvent, name="accepted", public=True):
    """Published by the guest's region: she takes the seat that the host has offered."""

    host_region: str


class GuestWithdrawn(GuestEvent, name="withdrawn", public=True):
    """Published by the guest's region: she gives up her request, place or seat."""

    host_region: str


class GuestAnswered(GuestEvent, name="answered", public=True):
    """Published by the host's region at each change: where the guest stands."""

    guest_region: str
    status: str = Field(description="confirmed, waitlisted, offered, cancelled or refused")
    position: int | None = Field(None, description="in the waiting list, from 1")
    expires_at: datetime | None = Field(None, description="until when an offered seat is held")
    reason: str | None = Field(None, description="a code, when cancelled or refused")


class GuestDecided(GuestEvent, name="decided"):
    """Within the guest's region: her place abroad has changed, with all a mail needs to say."""

    host_region: str
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    venue: str
    city: str
    url: str | None
    status: str
    position: int | None
    expires_at: datetime | None
    reason: str | None
    sequence: int = Field(description="for the calendar entry: only grows")
