"""A seat at another region's seminar, as the one who asked for it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from maillage.ids import new_id

from .test_seminars import entry


async def decided(network: Any, ids: dict[str, UUID], number: int, status: str, **more: Any) -> None:
    start = (network.now + timedelta(days=30)).replace(hour=7, minute=0, second=0, microsecond=0)
    facts = {
        "host_region": "fr-occ",
        "title": "Journées d’Occitanie",
        "starts_at": start,
        "ends_at": start + timedelta(hours=8),
        "time_zone": "Europe/Paris",
        "venue": "Les Augustins",
        "city": "Albi",
        "url": None,
        "position": None,
        "expires_at": None,
        "reason": None,
        "sequence": number,
    }
    await network.happens("events.guest.decided", **ids, status=status, **{**facts, **more}, _sequence=number)


def request(person: UUID) -> dict[str, UUID]:
    return {"guest_id": new_id(), "coordinator_id": person, "seminar_id": new_id()}


async def test_each_answer_is_told_with_the_region_and_the_calendar_follows(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    ids = request(camille)
    await decided(network, ids, 2, "waitlisted", position=2)
    await decided(network, ids, 3, "offered", expires_at=network.now + timedelta(days=2))
    await decided(network, ids, 4, "confirmed")
    await decided(network, ids, 5, "confirmed", reason="seminar-updated", city="Castres")
    await decided(network, ids, 6, "cancelled", reason="seminar-cancelled", city="Castres")
    topics = ["waitlisted", "offered", "confirmed", "updated", "cancelled"]
    assert await network.topics(camille) == [f"guest-{each}" for each in topics]
    items = list(reversed((await network.inbox(camille))["items"]))
    assert items[0]["title"].startswith("Vous êtes en 2e position")
    assert "Occitanie" in items[2]["body"]
    assert items[2]["action"]["path"].endswith(f"/seminaires/ailleurs/{ids['seminar_id']}")
    mails = await network.send_mails()
    with_calendar = [entry(mail) for mail in mails if mail.attachments]
    assert [calendar["METHOD"] for calendar, _ in with_calendar] == ["REQUEST", "REQUEST", "CANCEL"]
    assert {str(event["UID"]) for _, event in with_calendar} == {f"{ids['guest_id']}@fr-pac.maillage"}
    numbers = [int(event["SEQUENCE"]) for _, event in with_calendar]
    assert numbers == sorted(set(numbers))
    assert "Castres" in str(with_calendar[-1][1]["LOCATION"])
    assert "Région\u00a0: Occitanie" in mails[2].text


async def test_a_refusal_says_why_and_what_is_late_is_not_told(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    ids = request(camille)
    await decided(network, ids, 3, "refused", reason="registration-closed")
    await decided(network, ids, 2, "waitlisted", position=1)
    (item,) = (await network.inbox(camille))["items"]
    assert item["body"] == "Les inscriptions sont closes."
    assert item["title"] == "Votre demande n’a pas abouti\u00a0: Journées d’Occitanie"


async def test_in_english_too(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    await decided(network, request(camille), 2, "confirmed")
    (item,) = (await network.inbox(camille, language="en"))["items"]
    assert item["title"] == "Your seat is confirmed: Journées d’Occitanie"
