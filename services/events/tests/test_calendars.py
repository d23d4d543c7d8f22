"""iCalendar files, byte for byte against tests/golden, and how they change with what they show.

To accept a change made on purpose: MAILLAGE_WRITE_GOLDEN=1 pytest services/events/tests/test_calendars.py
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from maillage.calendars import timezone
from maillage.ids import new_id
from maillage_events.calendars import registration_calendar, seminar_calendar
from maillage_events.model import Registration, SeatPool, Seminar, Workshop, WorkshopSeat
from maillage_events.queries import RegistrationView, SeminarView, WorkshopView
from maillage_events.settings import EventsSettings

House = Any
GOLDEN = Path(__file__).parent / "golden"
SETTINGS = EventsSettings(public_url="https://maillage.example")


def seminar(**fields: Any) -> Seminar:
    values: dict[str, Any] = {
        "id": UUID("01930000-0000-7000-8000-000000000001"),
        "slug": "giens-2027",
        "title": "Séminaire de printemps ; deux jours, à Giens",
        "summary": "Se retrouver.\nAvancer ensemble.",
        "starts_at": datetime(2027, 3, 25, 8, 30, tzinfo=UTC),
        "ends_at": datetime(2027, 3, 28, 13, 0, tzinfo=UTC),
        "time_zone": "Europe/Paris",
        "venue": "Salle des fêtes",
        "address": "1 place de la Mairie",
        "city": "Hyères",
        "status": "published",
        "sequence": 3,
        "created_at": datetime(2026, 11, 1, 9, 0, tzinfo=UTC),
        "updated_at": datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    }
    return Seminar(**values | fields)


def workshops() -> list[Workshop]:
    first, second = datetime(2027, 3, 25, 9, 0, tzinfo=UTC), datetime(2027, 3, 28, 7, 0, tzinfo=UTC)
    titles = ["Comptabilité associative", "Codéveloppement, pour rompre l’isolement des coordonnateurs"]
    return [
        Workshop(id=UUID(int=number), title=title, room=room, starts_at=at, ends_at=at + timedelta(hours=2))
        for number, title, room, at in ((1, titles[0], "Salle B", first), (2, titles[1], "", second))
    ]


def registration(status: str, version: int) -> Registration:
    return Registration(
        id=UUID("01930000-0000-7000-8000-0000000000aa"),
        status=status,
        version=version,
        updated_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    )


def registered(status: str, version: int, *, of: Seminar | None = None) -> RegistrationView:
    first, second = workshops()
    seats = [(WorkshopSeat(status="confirmed"), first), (WorkshopSeat(status="waitlisted"), second)]
    return RegistrationView(registration(status, version), of or seminar(), None, None, seats)


def feed(**fields: Any) -> SeminarView:
    pool = SeatPool.empty(new_id(), None, 9)
    return SeminarView(seminar(**fields), pool, [WorkshopView(one, pool) for one in workshops()])


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("seminar", lambda: seminar_calendar(feed(), SETTINGS)),
        ("seminar-cancelled", lambda: seminar_calendar(feed(status="cancelled", sequence=4), SETTINGS)),
        ("registration", lambda: registration_calendar(registered("confirmed", 1), SETTINGS)),
        ("registration-offered", lambda: registration_calendar(registered("offered", 2), SETTINGS)),
        ("registration-cancelled", lambda: registration_calendar(registered("cancelled", 3), SETTINGS)),
    ],
)
def test_the_file_is_exactly_this(name: str, made: Any) -> None:
    path = GOLDEN / f"{name}.ics"
    if os.environ.get("MAILLAGE_WRITE_GOLDEN"):
        path.write_bytes(made())
    assert made() == path.read_bytes()


def test_lines_fold_at_75_bytes_and_end_as_the_standard_wants() -> None:
    text = seminar_calendar(feed(), SETTINGS)
    lines = text.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert any(line.startswith(b" ") for line in lines)


def test_a_seminar_cancelled_cancels_the_entries_of_those_registered() -> None:
    text = registration_calendar(registered("confirmed", 1, of=seminar(status="cancelled")), SETTINGS)
    assert Calendar.from_ical(text)["METHOD"] == "CANCEL"


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Indian/Reunion", "Australia/Sydney"])
def test_the_zone_s_rules_give_the_same_instants_as_the_zone_itself(zone: str) -> None:
    start = datetime(2027, 1, 10, tzinfo=UTC)
    rules = sorted(
        (one["DTSTART"].dt - one["TZOFFSETFROM"].td, one["TZOFFSETTO"].td)
        for one in timezone(ZoneInfo(zone), start, start + timedelta(days=2)).subcomponents
    )
    for hours in range(0, 365 * 24, 5):
        moment = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
        in_force = [offset for onset, offset in rules if onset <= moment.replace(tzinfo=None)][-1]
        assert in_force == moment.astimezone(ZoneInfo(zone)).utcoffset()


async def test_the_feeds_follow_what_happens(house: House) -> None:
    made = await house.seminar()
    chosen = await house.workshop(made, title="Comptabilité")
    mine = await house.register(made, None, chosen)
    owner, path = house.as_(mine["coordinator_id"]), f"/registrations/{mine['id']}.ics"
    assert (await house.client.get(path)).status_code == 401
    assert (await house.client.get(path, headers=house.as_(new_id()))).status_code == 403

    first = await entry(house, path, owner)
    assert first["UID"] == f"{mine['id']}@fr-pac.maillage"
    assert "Comptabilité" in first["DESCRIPTION"]
    later = (datetime.fromisoformat(made["ends_at"]) + timedelta(hours=2)).isoformat()
    await house.patch(f"/seminars/{made['id']}", {"ends_at": later}, {})
    moved = await entry(house, path, owner)
    assert (moved["UID"], moved["SEQUENCE"]) == (first["UID"], first["SEQUENCE"] + 1)
    await house.act(mine, "cancel")
    gone = await entry(house, path, owner, method="CANCEL")
    assert (gone["UID"], gone["STATUS"]) == (first["UID"], "CANCELLED")
    assert gone["SEQUENCE"] > moved["SEQUENCE"]

    public = await entry(house, f"/seminars/{made['slug']}.ics", {})
    await house.post(f"/seminars/{made['id']}/cancel", house.animator)
    over = await entry(house, f"/seminars/{made['id']}.ics", {}, method="CANCEL")
    assert (public["UID"], over["SEQUENCE"]) == (over["UID"], public["SEQUENCE"] + 1)


async def entry(house: House, path: str, headers: dict[str, str], *, method: str = "PUBLISH") -> Any:
    response = await house.client.get(path, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(response.content)
    assert calendar["METHOD"] == method
    (event,) = calendar.walk("VEVENT")
    return event
