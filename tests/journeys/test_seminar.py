"""Story 2: a coordinator registers for a seminar, and the follow-up happens by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.journeys.house import House, eventually


def an_open_seminar(house: House, capacity: int, workshop_capacity: int = 10) -> dict[str, Any]:
    """A published seminar some weeks ahead with two workshops in the same slot and one in the next."""
    begin = (datetime.now(UTC) + timedelta(days=40)).replace(hour=8, minute=0, second=0, microsecond=0)

    def at(hours: float) -> str:
        return (begin + timedelta(hours=hours)).isoformat()

    seminar = house.operator.post(
        "events/v1/seminars",
        {
            "title": f"Séminaire {uuid4().hex[:6]}",
            "starts_at": at(0), "ends_at": at(9), "time_zone": "Europe/Paris", "format": "onsite",
            "venue": "La Badine", "city": "Hyères", "capacity": capacity,
            "registration_opens_at": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
            "registration_closes_at": (begin - timedelta(days=5)).isoformat(),
            "tracks": ["pilotage-management", "connaissance-reseau"],
        },
    )  # fmt: skip
    for title, start in (("Gérer son stress", 1.0), ("Lire un bilan", 1.0), ("La carte, mode d’emploi", 3.0)):
        house.operator.post(
            f"events/v1/seminars/{seminar['id']}/workshops",
            {
                "title": title, "track": "pilotage-management",
                "starts_at": at(start), "ends_at": at(start + 1.5),
                "room": "Porquerolles", "capacity": workshop_capacity,
            },
        )  # fmt: skip
    house.operator.post(f"events/v1/seminars/{seminar['id']}/publish")
    return dict(house.operator.get(f"events/v1/seminars/{seminar['id']}"))


def participants(house: House, count: int) -> list[dict[str, Any]]:
    return [house.person(f"Participante{rank}", "Séminaire") for rank in range(count)]


def register(
    house: House, seminar: dict[str, Any], person: dict[str, Any], workshops: list[str] | None = None
) -> Any:
    body = {"workshop_ids": workshops or [], "answers": {}}
    return house.as_person(person["id"]).post(f"events/v1/seminars/{seminar['id']}/registrations", body)


def status(house: House, registration: dict[str, Any]) -> dict[str, Any]:
    return dict(house.operator.get(f"events/v1/registrations/{registration['id']}"))


def test_a_registration_is_confirmed_with_its_ticket_and_followed_up(house: House) -> None:
    seminar, person = an_open_seminar(house, capacity=5), house.person("Élodie", "Inscrite")
    me = house.as_person(person["id"])
    first, _, later = [w["id"] for w in seminar["workshops"]]
    registration = register(house, seminar, person, [first, later])
    assert registration["status"] == "confirmed"
    assert {w["workshop_id"] for w in registration["workshops"]} == {first, later}

    told = eventually(lambda: house.inbox(me, "registration-confirmed"), "the confirmation in her inbox")
    assert seminar["title"] in told[0]["title"] + told[0]["body"]
    mails = eventually(lambda: sent_mails(house, person, "registration-confirmed"), "the e-mail is sent")
    assert len(mails) == 1
    calendar = me.client.get(f"/api/events/v1/registrations/{registration['id']}.ics")
    assert "BEGIN:VEVENT" in calendar.text

    presence = {"ticket_code": status(house, registration)["ticket_code"]}
    once = house.operator.post(f"events/v1/seminars/{seminar['id']}/check-ins", presence, expect=201)
    again = house.operator.post(f"events/v1/seminars/{seminar['id']}/check-ins", presence, expect=200)
    assert again["id"] == once["id"], "the same scan twice is one presence"
    assert status(house, registration)["attended"] is True


def test_attendance_moves_the_pathway(house: House) -> None:
    from tests.journeys.test_arrival import a_newcomer, pathway_of, step_done

    newcomer, _, _ = a_newcomer(house, "Lison")
    me = house.as_person(newcomer["id"])
    eventually(lambda: pathway_of(me), "her pathway")
    seminar = an_open_seminar(house, capacity=5)
    registration = register(house, seminar, newcomer)
    eventually(lambda: step_done(me, "seminar-registered"), "the registration moves the pathway")
    code = status(house, registration)["ticket_code"]
    house.operator.post(f"events/v1/seminars/{seminar['id']}/check-ins", {"ticket_code": code})
    eventually(lambda: step_done(me, "seminar-attended"), "the attendance moves the pathway")


def test_a_full_seminar_has_a_waiting_list_and_a_freed_seat_is_offered_in_order(house: House) -> None:
    seminar, people = an_open_seminar(house, capacity=1), participants(house, 4)
    held, second, third, fourth = [register(house, seminar, person) for person in people]
    assert [held["status"], second["status"], third["status"], fourth["status"]] == [
        "confirmed",
        *["waitlisted"] * 3,
    ]
    assert [second["waitlist_position"], third["waitlist_position"], fourth["waitlist_position"]] == [1, 2, 3]
    eventually(
        lambda: house.inbox(house.as_person(people[1]["id"]), "registration-waitlisted"),
        "she is told her position",
    )

    house.as_person(people[0]["id"]).post(f"events/v1/registrations/{held['id']}/cancel", {})
    offered = status(house, second)
    assert offered["status"] == "offered"
    assert offered["offer_expires_at"]
    eventually(
        lambda: house.inbox(house.as_person(people[1]["id"]), "registration-offered"), "the offer is told"
    )
    assert status(house, third)["waitlist_position"] == 1

    house.as_person(people[1]["id"]).post(f"events/v1/registrations/{second['id']}/cancel", {})
    assert status(house, third)["status"] == "offered", "the seat goes to the one after"
    accepted = house.as_person(people[2]["id"]).post(f"events/v1/registrations/{third['id']}/accept")
    assert accepted["status"] == "confirmed"
    assert status(house, fourth)["status"] == "waitlisted"


def test_two_people_never_get_the_last_seat(house: House) -> None:
    seminar, people = an_open_seminar(house, capacity=3), participants(house, 12)
    callers = [house.as_person(person["id"]) for person in people]

    def try_it(rank: int) -> Any:
        body = {"workshop_ids": [], "answers": {}}
        return callers[rank].post(f"events/v1/seminars/{seminar['id']}/registrations", body)

    with ThreadPoolExecutor(12) as crowd:
        got = list(crowd.map(try_it, range(12)))
    assert sum(r["status"] == "confirmed" for r in got) == 3
    waiting = sorted(r["waitlist_position"] for r in got if r["status"] == "waitlisted")
    assert waiting == list(range(1, 10))


def sent_mails(house: House, person: dict[str, Any], topic: str) -> list[dict[str, Any]]:
    messages = house.operator.items("notifications/v1/messages")
    mine = [m for m in messages if m["coordinator_id"] == person["id"] and m["topic"] == topic]
    return [m for m in mine if m["channel"] == "email" and m["state"] == "sent"]
