"""Story 2 as people are told of it: seats, queues, changes, and what their calendars are sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from icalendar import Calendar
from maillage.ids import new_id
from maillage.mail import StoredMail
from maillage_notifications.model import Seminar

from .conftest import seminar_facts

BALANCE, MAP = "11111111-1111-7111-8111-111111111111", "22222222-2222-7222-8222-222222222222"


def entry(mail: StoredMail) -> tuple[Any, Any]:
    """The calendar attached to a mail and its one event."""
    (attached,) = mail.attachments
    calendar = Calendar.from_ical(attached.content)
    (event,) = calendar.walk("VEVENT")
    assert attached.media_type == "text/calendar"
    return calendar, event


async def test_a_confirmation_says_when_and_where_and_goes_into_the_calendar(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    registration = await network.registered(
        camille, seminar, workshop_ids=[BALANCE], waitlisted_workshop_ids=[MAP]
    )
    (item,) = (await network.inbox(camille))["items"]
    assert item["title"] == "Votre place est confirmée\u00a0: Séminaire d’Avignon"
    assert item["body"].startswith("Mercredi 1er\u00a0avril, de 9\u00a0h à 17\u00a0h, La Badine, Avignon.")
    (mail,) = await network.send_mails()
    assert "Atelier\u00a0: Lire un bilan, 10\u00a0h" in mail.text
    assert "En attente\u00a0: La carte, 12\u00a0h" in mail.text
    calendar, event = entry(mail)
    assert calendar["METHOD"] == "REQUEST"
    assert event["UID"] == f"{registration}@fr-pac.maillage"
    assert event["STATUS"] == "CONFIRMED"
    assert event["LOCATION"] == "La Badine, Avignon"
    assert event["ATTENDEE"] == f"mailto:{mail.to}"
    assert event.start.isoformat() == "2026-04-01T09:00:00+02:00"
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/Paris"]
    assert "Lire un bilan" in event["DESCRIPTION"]
    assert "La carte" not in event["DESCRIPTION"]


async def test_every_change_replaces_the_entry_and_a_cancellation_removes_it(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    registration = await network.registered(camille, seminar)
    ids = {"registration_id": registration, "seminar_id": seminar, "coordinator_id": camille}
    choice = {"workshop_ids": [MAP], "waitlisted_workshop_ids": []}
    await network.happens("events.registration.updated", **ids, **choice, _sequence=2)
    moved = seminar_facts(seminar, network.now) | {"city": "Apt", "venue": "La Fruitière", "sequence": 1}
    await network.happens("events.seminar.updated", **moved, _sequence=2)
    await network.happens("events.registration.cancelled", **ids, was="confirmed", reason="self", _sequence=3)
    entries = [entry(mail) for mail in await network.send_mails()]
    assert [calendar["METHOD"] for calendar, _ in entries] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert len({event["UID"] for _, event in entries}) == 1
    numbers = [event["SEQUENCE"] for _, event in entries]
    assert numbers == sorted(set(numbers)), "each later entry has a higher number"
    assert entries[-1][1]["STATUS"] == "CANCELLED"
    assert entries[-1][1]["LOCATION"] == "La Fruitière, Apt"
    titles = [item["title"] for item in (await network.inbox(camille))["items"]]
    assert titles[0] == "Votre inscription est annulée\u00a0: Séminaire d’Avignon"
    assert titles[1] == "Le séminaire change\u00a0: Séminaire d’Avignon"
    changed = (await network.inbox(camille))["items"][1]["body"]
    assert changed.startswith("Ce qui change\u00a0: le lieu et la ville.")


async def test_seats_and_windows_are_no_news_to_those_registered(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    await network.registered(camille, seminar)
    larger = seminar_facts(seminar, network.now) | {"capacity": 90}
    await network.happens("events.seminar.updated", **larger, _sequence=2)
    assert await network.topics(camille) == ["registration-confirmed"]


async def test_a_changed_workshop_is_told_to_those_who_chose_it_only(network: Any) -> None:
    camille, paul = await network.person("Camille", "Roux"), await network.person("Paul", "Voisin")
    seminar = await network.seminar()
    await network.registered(camille, seminar, workshop_ids=[BALANCE])
    await network.registered(paul, seminar, workshop_ids=[MAP])
    facts = seminar_facts(seminar, network.now)
    facts["workshops"][0]["room"] = "Le Levant"
    await network.happens("events.seminar.updated", **facts, _sequence=2)
    assert (await network.topics(camille))[-1] == "seminar-updated"
    assert (await network.topics(paul))[-1] == "registration-confirmed"


async def test_a_waiting_list_says_the_position_and_an_offer_its_deadline(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    ids = {"registration_id": new_id(), "seminar_id": seminar, "coordinator_id": camille}
    await network.happens("events.registration.waitlisted", **ids, position=1, _sequence=1)
    waiting = (await network.inbox(camille))["items"][0]
    assert waiting["title"] == "Vous êtes en 1re position sur la liste d’attente\u00a0: Séminaire d’Avignon"
    expires = network.now + timedelta(hours=48)
    await network.happens(
        "events.registration.offered", **ids, workshop_id=None, expires_at=expires, _sequence=1
    )
    offered = (await network.inbox(camille))["items"][0]
    assert offered["body"].startswith("Elle vous est gardée jusqu’au mercredi 4\u00a0mars, 10\u00a0h.")
    assert offered["due_at"].startswith("2026-03-04T09:00:00")
    assert offered["action"]["label"] == "Répondre à la proposition"
    mails = await network.send_mails()
    assert [mail.attachments for mail in mails] == [(), ()]
    await network.happens(
        "events.registration.cancelled", **ids, was="offered", reason="offer-expired", _sequence=2
    )
    (last,) = (await network.send_mails())[2:]
    assert last.subject == "Vous n’êtes plus en liste d’attente\u00a0: Séminaire d’Avignon"
    assert last.attachments == (), "what never was in her calendar is not taken out of it"


async def test_an_offer_in_a_workshop_names_it(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    registration = await network.registered(camille, seminar)
    await network.happens(
        "events.registration.offered", registration_id=registration, seminar_id=seminar,
        coordinator_id=camille, workshop_id=MAP, expires_at=network.now + timedelta(hours=2), _sequence=2,
    )  # fmt: skip
    offered = (await network.inbox(camille))["items"][0]
    assert offered["title"] == "Une place pour vous dans l’atelier «\u00a0La carte\u00a0»"


async def test_an_offer_that_is_over_before_it_is_mailed_is_not_mailed(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    ids = {"registration_id": new_id(), "seminar_id": seminar, "coordinator_id": camille}
    expires = network.now + timedelta(hours=1)
    await network.happens(
        "events.registration.offered", **ids, workshop_id=None, expires_at=expires, _sequence=1
    )
    network.harness.clock.advance(hours=2)
    assert await network.send_mails() == []
    assert (await network.states(camille, "registration-offered"))["email"] == ("skipped", "deadline-passed")


async def test_a_cancelled_seminar_is_told_once_to_each(network: Any) -> None:
    camille, paul = await network.person("Camille", "Roux"), await network.person("Paul", "Voisin")
    seminar = await network.seminar()
    held = await network.registered(camille, seminar)
    waiting = {"registration_id": new_id(), "seminar_id": seminar, "coordinator_id": paul}
    await network.happens("events.registration.waitlisted", **waiting, position=1, _sequence=1)
    await network.happens("events.seminar.cancelled", seminar_id=seminar, _sequence=2)
    hers = {"registration_id": held, "seminar_id": seminar, "coordinator_id": camille}
    for ids, was in ((hers, "confirmed"), (waiting, "waitlisted")):
        await network.happens(
            "events.registration.cancelled", **ids, was=was, reason="seminar-cancelled", _sequence=2
        )
    assert await network.topics(camille) == ["registration-confirmed", "seminar-cancelled"]
    assert await network.topics(paul) == ["registration-waitlisted", "seminar-cancelled"]
    cancelled = [
        m for m in await network.send_mails() if m.subject.startswith("Le séminaire n’aura pas lieu")
    ]
    assert {len(mail.attachments) for mail in cancelled} == {0, 1}
    assert entry(next(m for m in cancelled if m.attachments))[0]["METHOD"] == "CANCEL"


async def test_a_seminar_called_off_before_it_is_told_of_stays_so_and_gets_its_title(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), new_id()
    await network.happens("events.seminar.cancelled", seminar_id=seminar, reason="snow", _sequence=4)
    await network.happens(
        "events.registration.cancelled", registration_id=new_id(), seminar_id=seminar, coordinator_id=camille,
        was="confirmed", reason="seminar-cancelled", _sequence=2,
    )  # fmt: skip
    (item,) = (await network.inbox(camille))["items"]
    assert item["title"] == "Le séminaire n’aura pas lieu\u00a0: un séminaire du collectif"
    for title, sequence in (("Avignon, en juin", 3), ("Avignon, en mai", 2)):
        facts = seminar_facts(seminar, network.now) | {"title": title}
        await network.happens("events.seminar.updated", **facts, _sequence=sequence)
    await network.seminar(seminar_id=seminar)
    (item,) = (await network.inbox(camille))["items"]
    assert item["title"] == "Le séminaire n’aura pas lieu\u00a0: Avignon, en juin", "and no change is told"
    async with network.harness.db.read() as session:
        assert (await session.get_one(Seminar, seminar)).status == "cancelled"


async def test_registrations_of_a_seminar_that_is_over_are_history(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    past = seminar_facts(new_id(), network.now - timedelta(days=60))
    seminar = await network.seminar(**past)
    await network.registered(camille, seminar)
    assert await network.topics(camille) == []
    skipped = ("skipped", "news-only")
    assert await network.states(camille, "registration-confirmed") == {"in_app": skipped, "email": skipped}


async def test_presence_is_thanked_once_however_many_workshops(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    registration = await network.registered(camille, seminar)
    for workshop_id in (None, BALANCE, MAP):
        await network.happens(
            "events.attendance.recorded", attendance_id=new_id(), registration_id=registration,
            seminar_id=seminar, coordinator_id=camille, workshop_id=workshop_id, recorded_at=network.now,
        )  # fmt: skip
    assert await network.topics(camille) == ["registration-confirmed", "attendance-recorded"]


async def test_an_old_attendance_sheet_is_history(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    registration = await network.registered(camille, seminar)
    network.harness.clock.advance(days=45)
    await network.happens(
        "events.attendance.recorded", attendance_id=new_id(), registration_id=registration,
        seminar_id=seminar, coordinator_id=camille, workshop_id=None, recorded_at=network.now,
    )  # fmt: skip
    assert await network.topics(camille) == ["registration-confirmed"]
    assert (await network.states(camille, "attendance-recorded"))["in_app"] == ("skipped", "news-only")


async def test_over_several_days_a_workshop_says_its_day(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    seminar = await network.seminar(ends_at=network.now + timedelta(days=31))
    await network.registered(camille, seminar, workshop_ids=[BALANCE])
    (mail,) = await network.send_mails()
    assert "Atelier\u00a0: Lire un bilan, mercredi 1er\u00a0avril, 10\u00a0h" in mail.text


async def test_a_suggestion_carries_its_reasons(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    await network.happens(
        "events.seminar.suggested", seminar_id=seminar, coordinator_id=camille,
        reasons=["newcomer", "next-seminar", "a-code-of-next-year"],
    )  # fmt: skip
    (item,) = (await network.inbox(camille))["items"]
    assert item["title"] == "Un séminaire pour vous\u00a0: Séminaire d’Avignon"
    assert item["body"].endswith(
        "Pourquoi\u00a0: vous venez de prendre votre poste et c’est le prochain rendez-vous du collectif."
    )
    assert await network.send_mails() == [], "no mail unless she asks for it"
