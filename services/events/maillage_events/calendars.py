"""iCalendar (RFC 5545, RFC 5546): a seminar or a registration as a calendar entry that can be updated.

The UID never changes and SEQUENCE only grows, so that a calendar replaces its entry instead of adding one,
and METHOD:CANCEL removes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText
from maillage.calendars import timezone

from maillage_events.model import GuestRequest, NeighbourSeminar, Registration, Seminar, Workshop
from maillage_events.model.registration import CONFIRMED
from maillage_events.model.seminar import CANCELLED
from maillage_events.queries import RegistrationView, SeminarView
from maillage_events.settings import EventsSettings
from maillage_events.usecases.visiting import calendar_sequence

CALENDAR = "text/calendar; charset=utf-8"


def seminar_calendar(view: SeminarView, settings: EventsSettings) -> bytes:
    """The feed of a seminar: one entry with its programme, or its cancellation."""
    seminar = view.seminar
    cancelled = seminar.status == CANCELLED
    entry = _entry(seminar, f"{seminar.id}@{settings.region}.maillage", seminar.sequence, settings)
    entry["DESCRIPTION"] = vText(_description(seminar, [one.workshop for one in view.workshops]))
    entry["STATUS"] = vText("CANCELLED" if cancelled else "CONFIRMED")
    entry.add("dtstamp", seminar.updated_at)
    return _calendar(entry, seminar, cancelled=cancelled)


def registration_calendar(view: RegistrationView, settings: EventsSettings) -> bytes:
    """The entry of one registration, with the workshops held; tentative while the seat is not confirmed."""
    seminar, registration = view.seminar, view.registration
    held = [workshop for seat, workshop in view.seats if seat.status == CONFIRMED]
    cancelled = not registration.is_active or seminar.status == CANCELLED
    uid = f"{registration.id}@{settings.region}.maillage"
    entry = _entry(seminar, uid, registration_sequence(seminar, registration), settings)
    entry["DESCRIPTION"] = vText(_description(seminar, held))
    confirmed = "CONFIRMED" if registration.status == CONFIRMED else "TENTATIVE"
    entry["STATUS"] = vText("CANCELLED" if cancelled else confirmed)
    entry.add("dtstamp", max(seminar.updated_at, registration.updated_at))
    return _calendar(entry, seminar, cancelled=cancelled)


def visit_calendar(asked: GuestRequest, seminar: NeighbourSeminar, settings: EventsSettings) -> bytes:
    """The entry of a seat at another region's seminar, with no more than that region tells."""
    zone = ZoneInfo(seminar.time_zone)
    entry = Event()
    entry.add("uid", f"{asked.id}@{settings.region}.maillage")
    entry.add("sequence", calendar_sequence(seminar, asked))
    entry.add("created", asked.created_at)
    entry.add("dtstart", seminar.starts_at.astimezone(zone))
    entry.add("dtend", seminar.ends_at.astimezone(zone))
    entry.add("summary", seminar.title)
    entry.add("location", ", ".join(part for part in (seminar.venue, seminar.city) if part))
    if seminar.url:
        entry.add("url", seminar.url)
    confirmed = "CONFIRMED" if asked.status == CONFIRMED else "TENTATIVE"
    entry["STATUS"] = vText(confirmed if asked.is_standing else "CANCELLED")
    entry.add("dtstamp", asked.updated_at)
    return _calendar(entry, seminar, cancelled=not asked.is_standing)


def registration_sequence(seminar: Seminar, registration: Registration) -> int:
    """Grows with every change of either, since each of the two numbers only grows.

    Both are known from the events too, so that a mail's attachment and this file agree on which is newer.
    """
    return seminar.sequence + registration.version


def _entry(seminar: Seminar, uid: str, sequence: int, settings: EventsSettings) -> Event:
    zone = ZoneInfo(seminar.time_zone)
    entry = Event()
    entry.add("uid", uid)
    entry.add("sequence", sequence)
    entry.add("created", seminar.created_at)
    entry.add("dtstart", seminar.starts_at.astimezone(zone))
    entry.add("dtend", seminar.ends_at.astimezone(zone))
    entry.add("summary", seminar.title)
    entry.add("location", ", ".join(part for part in (seminar.venue, seminar.address, seminar.city) if part))
    entry.add("url", f"{settings.public_url}/seminaires/{seminar.slug}")
    organizer = vCalAddress(f"mailto:{settings.organizer}")
    organizer.params["CN"] = vText("Maillage")
    entry["ORGANIZER"] = organizer
    return entry


def _description(seminar: Seminar, workshops: Iterable[Workshop]) -> str:
    zone = ZoneInfo(seminar.time_zone)
    lines = [_line(one, zone) for one in sorted(workshops, key=lambda one: (one.starts_at, one.id))]
    return "\n".join([part for part in (seminar.summary,) if part] + lines)


def _line(workshop: Workshop, zone: ZoneInfo) -> str:
    times = f"{_time(workshop.starts_at, zone):%d/%m %H:%M}-{_time(workshop.ends_at, zone):%H:%M}"
    return f"{times} {workshop.title}" + (f" ({workshop.room})" if workshop.room else "")


def _time(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone)


def _calendar(entry: Event, seminar: Seminar | NeighbourSeminar, *, cancelled: bool) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Maillage//events//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    if seminar.time_zone != "UTC":
        calendar.add_component(timezone(ZoneInfo(seminar.time_zone), seminar.starts_at, seminar.ends_at))
    calendar.add_component(entry)
    text: bytes = calendar.to_ical()
    return text
