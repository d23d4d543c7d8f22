"""After an erasure no file below the data folder holds the person's name or address, byte for byte."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from tests.journeys.house import eventually
from tests.journeys.test_arrival import a_mentor, a_newcomer, pending_proposal
from tests.journeys.test_erasure import erase
from tests.journeys.test_seminar import an_open_seminar, register, status
from tests.support.embedded import Embedded

FIRST, LAST, ADDRESS, PHONE = "Quassandre", "Vréménil", "quassandre.vremenil@exemple.fr", "+33611223344"


def holding(data: Path, needle: str) -> list[str]:
    """The files that hold the needle in UTF-8, in either case, or as JSON, mail or URL writing of it."""
    forms = {needle, needle.lower(), needle.upper()}
    raw = {form.encode() for form in forms} | {form.encode("unicode_escape") for form in forms}
    raw |= {form.encode("ascii", "ignore") for form in forms if len(form.encode("ascii", "ignore")) > 6}
    found = []
    # nats-server writes a draft beside a file and renames it, and its folders come and go: what has gone
    # meanwhile holds nothing. os.walk passes over a folder that is no more, where Path.rglob raises.
    for path in (Path(folder, name) for folder, _, names in os.walk(data) for name in names):
        with suppress(FileNotFoundError):
            if path.is_file() and any(form in path.read_bytes() for form in raw):
                found.append(str(path.relative_to(data)))
    return found


def test_no_byte_of_an_erased_person_stays(embedded: Embedded) -> None:
    house = embedded.house()
    a_mentor(house, "Ursule")
    person, _, _ = a_newcomer(house, "Provisoire")
    path = f"directory/v1/coordinators/{person['id']}"
    renamed = {
        "first_name": FIRST,
        "last_name": LAST,
        "email": ADDRESS,
        "phone": PHONE,
        "bio": f"{FIRST} écrit ici.",
    }
    house.operator.change("PATCH", path, renamed)
    proposal = eventually(lambda: pending_proposal(house, person["id"]), "a proposal")
    house.as_person(proposal["mentor"]["id"]).post(f"mentoring/v1/proposals/{proposal['id']}/accept")
    house.anonymous.call("POST", "directory/v1/auth/codes", {"email": ADDRESS}, expect=202)
    seminar = an_open_seminar(house, capacity=4)
    registration = register(house, seminar, person)
    code = status(house, registration)["ticket_code"]
    house.operator.post(f"events/v1/seminars/{seminar['id']}/check-ins", {"ticket_code": code})
    eventually(lambda: holding(embedded.data / "mailbox", ADDRESS), "mails went to her")
    assert holding(embedded.data, LAST), "the search finds what stands there"

    erase(house, person)

    for needle in (FIRST, LAST, ADDRESS, PHONE):
        eventually(lambda n=needle: not holding(embedded.data, n), f"{needle} is gone")
    assert embedded.stop() == 0
    for needle in (FIRST, LAST, ADDRESS, PHONE):
        assert holding(embedded.data, needle) == []
