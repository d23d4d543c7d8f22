"""The calendar entry of a registration, as mails carry it (RFC 5545, RFC 5546).

One UID per registration, the same as in the events service's own files; SEQUENCE rises with every change and
a seat given up is a CANCEL of that UID: a calendar then shows what is, not what was.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText
from maillage import clock
from maillage.calendars import timezone

from .rendering.facts import SeminarView


def uid(registration_id: UUID | str, region: str) -> str:
    """What identifies the entry in her calendar, whichever service it came from."""
    return f"{registration_id}@{region}.maillage"


def entry(
    *,
    method: str,
    uid: str,
    sequence: int,
    seminar: SeminarView,
    workshop_ids: list[str],
    organizer: str,
    attendee: str,
    url: str,
    description: str = "",
) -> bytes:
    """The file of one entry. `method`: REQUEST or CANCEL; `organizer` and `attendee`: addresses."""
    calendar = Calendar()
    calendar.add("prodid", "-//Maillage//notifications//FR")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", clock.now())
    event.add("summary", seminar.title)
    event.add("dtstart", seminar.starts_at.astimezone(seminar.zone))
    event.add("dtend", seminar.ends_at.astimezone(seminar.zone))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    if seminar.place:
        event.add("location", seminar.place)
    event.add("url", url)
    lines = [description, *(_line(w, seminar) for w in seminar.chosen(workshop_ids))]
    if text := "\n".join(line for line in lines if line):
        event.add("description", text)
    event.add("organizer", _organizer(organizer))
    event.add("attendee", _attendee(attendee))
    calendar.add_component(timezone(seminar.zone, seminar.starts_at, seminar.ends_at))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _line(workshop: Any, seminar: SeminarView) -> str:
    def local(instant: datetime) -> str:
        return instant.astimezone(UTC).astimezone(seminar.zone).strftime("%H:%M")

    room = f" ({workshop.room})" if workshop.room else ""
    return f"{local(workshop.starts_at)}-{local(workshop.ends_at)} {workshop.title}{room}"


def _organizer(address: str) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{address}")
    organizer.params["cn"] = vText("Maillage")
    return organizer


def _attendee(address: str) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["partstat"] = vText("ACCEPTED")
    attendee.params["rsvp"] = vText("FALSE")
    return attendee
