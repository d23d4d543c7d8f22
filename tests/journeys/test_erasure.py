"""Story 4: a person is erased everywhere, and the receipt lists who confirmed."""

from __future__ import annotations

import json
from typing import Any

from tests.journeys.house import House, eventually
from tests.journeys.test_arrival import a_mentor, a_newcomer, pending_proposal
from tests.journeys.test_seminar import an_open_seminar, register

SERVICES = {"directory", "events", "mentoring", "notifications"}
READS = (
    "directory/v1/coordinators", "directory/v1/cpts", "directory/v1/map.geojson", "mentoring/v1/mentors",
    "mentoring/v1/proposals", "mentoring/v1/requests", "mentoring/v1/mentorships",
    "notifications/v1/me/notifications",
)  # fmt: skip


def erase(house: House, person: dict[str, Any]) -> dict[str, Any]:
    """Ask for the erasure and wait for the receipt of every service."""
    asked = house.operator.change("DELETE", f"directory/v1/coordinators/{person['id']}", expect=202)
    path = f"directory/v1/erasures/{asked['erasure_id']}"
    return dict(
        eventually(
            lambda: (r := house.operator.get(path))["status"] == "complete" and r,
            "the receipt is complete",
        )
    )


def test_an_erased_person_is_nowhere_and_the_receipt_says_who_confirmed(house: House) -> None:
    a_mentor(house, "Thaïs")
    person, _, _ = a_newcomer(house, "Zélindeparfaite")
    proposal = eventually(lambda: pending_proposal(house, person["id"]), "a proposal")
    mentor = house.as_person(proposal["mentor"]["id"])
    mentor.post(f"mentoring/v1/proposals/{proposal['id']}/accept")
    seminar = an_open_seminar(house, capacity=4)
    register(house, seminar, person)
    eventually(lambda: house.inbox(mentor, "mentorship-started"), "the mentor's inbox names her")

    receipt = erase(house, person)

    assert {c["service"] for c in receipt["confirmations"]} == SERVICES
    assert receipt["waiting_for"] == []
    assert receipt["purged"] is True
    for caller in (house.operator, mentor):
        for path in (*READS, f"events/v1/seminars/{seminar['id']}/registrations"):
            answer = caller.client.get(f"/api/{path}")
            if answer.status_code != 403:
                assert answer.is_success, answer.text
                assert "Zélindeparfaite" not in json.dumps(answer.json(), ensure_ascii=False), path
    gone = house.operator.client.get(f"/api/directory/v1/coordinators/{person['id']}")
    assert gone.status_code in (404, 410)
