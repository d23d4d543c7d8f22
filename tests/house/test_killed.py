"""The embedded default killed in the middle: nothing acknowledged is lost, and nothing is done twice."""

from __future__ import annotations

from typing import Any

from tests.journeys.house import eventually
from tests.journeys.test_seminar import an_open_seminar, participants, register, sent_mails
from tests.support.embedded import Embedded


def test_what_was_acknowledged_before_kill_9_is_followed_up_once_after_it(embedded: Embedded) -> None:
    house = embedded.house()
    seminar, people = an_open_seminar(house, capacity=20), participants(house, 8)
    acknowledged = [(person, register(house, seminar, person)) for person in people]
    embedded.kill()

    embedded.start()
    house = embedded.house()
    for person, registration in acknowledged:
        again = house.operator.get(f"events/v1/registrations/{registration['id']}")
        assert again["status"] == "confirmed"
        told = eventually(lambda p=person: told_once(house, p), "each is told after the restart")
        assert told == 1
    assert house.operator.get(f"events/v1/seminars/{seminar['id']}")["confirmed"] == 8
    assert embedded.stop() == 0


def told_once(house: Any, person: dict[str, Any]) -> int:
    inbox = house.inbox(house.as_person(person["id"]), "registration-confirmed")
    mails = sent_mails(house, person, "registration-confirmed")
    return len(inbox) if inbox and len(mails) == 1 else 0
