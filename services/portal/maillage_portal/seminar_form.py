"""The organisers' forms read into what the events service takes: local times become moments."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from maillage_portal.formats import moment
from maillage_portal.forms import text, texts
from maillage_portal.people import Json

ZONE = "Europe/Paris"
SEMINAR_TIMES = ("starts_at", "ends_at", "registration_opens_at", "registration_closes_at", "change_until")


def local_input(value: str | None, zone: str = ZONE) -> str:
    """A moment as a `datetime-local` field shows it: `2027-01-28T10:30`."""
    return moment(value).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if value else ""


def as_moment(value: str | None, zone: str = ZONE) -> str | None:
    """What such a field sends, with its offset; what is no time is passed on for the service to refuse."""
    if not value:
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(zone)).isoformat()
    except ValueError:
        return value


def number(value: str | None) -> int | str | None:
    """A whole number; anything else is passed on for the service to refuse in its own words."""
    return int(value) if value and value.isdigit() else value


def seminar_body(form: FormData, zone: str = ZONE) -> Json:
    """The seminar as typed. An optional time left blank keeps the service's own."""
    body: Json = {
        name: text(form, name) or "" for name in ("title", "summary", "description", "venue", "city")
    }
    body["format"] = text(form, "format") or "onsite"
    body["audience"] = text(form, "audience") or "region"
    body["department"] = text(form, "department")
    body["capacity"] = number(text(form, "capacity"))
    body["tracks"] = texts(form, "tracks")
    times = {name: as_moment(text(form, name), zone) for name in SEMINAR_TIMES}
    if hours := text(form, "offer_hours"):
        body["offer_minutes"] = int(hours) * 60 if hours.isdigit() else hours
    return body | {name: value for name, value in times.items() if value}


def workshop_body(form: FormData, zone: str = ZONE) -> Json:
    """A workshop as typed; speakers are one name a line, a blank capacity is no limit."""
    names = (text(form, "speakers") or "").splitlines()
    return {
        "title": text(form, "title") or "",
        "summary": text(form, "summary") or "",
        "track": text(form, "track"),
        "starts_at": as_moment(text(form, "starts_at"), zone),
        "ends_at": as_moment(text(form, "ends_at"), zone),
        "room": text(form, "room") or "",
        "capacity": number(text(form, "capacity")),
        "speakers": [{"name": name.strip()} for name in names if name.strip()],
    }
