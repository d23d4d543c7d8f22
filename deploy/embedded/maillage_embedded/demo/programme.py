"""The two seminars of the demo region: the first, long past, and the next, open for registration."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
PRESENT_IN_2021 = 23
REGISTERED_NEXT = 50
AHEAD_DAYS = 63
THURSDAY = 3


@dataclass(frozen=True)
class Workshop:
    """A workshop as it is sent, the slot it is in, and how often it is chosen there."""

    body: dict[str, Any]
    slot: str
    wanted: int

    @property
    def title(self) -> str:
        """What it is found by."""
        return str(self.body["title"])


@dataclass(frozen=True)
class Seminar:
    """A seminar as it is sent, with its workshops; those of one slot run side by side."""

    body: dict[str, Any]
    workshops: list[Workshop]

    @property
    def slots(self) -> list[str]:
        """The slots in their order."""
        return list(dict.fromkeys(workshop.slot for workshop in self.workshops))


def at(day: date, hour: time) -> str:
    """That hour of that day in Paris, as RFC 3339 text."""
    return datetime.combine(day, hour, PARIS).isoformat()


def past() -> Seminar:
    """Giens, 1 and 2 July 2021: where it began."""
    return _seminar("past", date(2021, 7, 1), registration_opens_at=at(date(2021, 5, 3), time(9)))


def upcoming(today: date) -> Seminar:
    """Giens again, about nine weeks ahead: a Thursday and a Friday."""
    day = today + timedelta(days=AHEAD_DAYS)
    day += timedelta(days=(THURSDAY - day.weekday()) % 7)
    return _seminar("next", day, change_until=at(day - timedelta(days=3), time(18)))


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "programme.toml").read_text(encoding="utf-8"))


def _seminar(name: str, day: date, **more: str) -> Seminar:
    written = _data()[name]
    facts = {key: value for key, value in written.items() if key not in ("slots", "workshops")}
    body = {
        **facts,
        "starts_at": at(day, time(9, 30)),
        "ends_at": at(day + timedelta(days=1), time(16)),
        "time_zone": "Europe/Paris",
        "format": "onsite",
        "registration_closes_at": at(day - timedelta(days=6), time(18)),
        **more,
    }
    return Seminar(body, [_workshop(each, written["slots"], day) for each in written["workshops"]])


def _workshop(written: dict[str, Any], slots: dict[str, Any], first_day: date) -> Workshop:
    facts = {key: value for key, value in written.items() if key not in ("slot", "wanted")}
    slot = slots[written["slot"]]
    day = first_day + timedelta(days=slot["day"])
    times = {"starts_at": at(day, slot["from"]), "ends_at": at(day, slot["to"])}
    return Workshop({**facts, **times}, written["slot"], written.get("wanted", 1))
