"""Each verdict sees what it is there for: right evidence passes, evidence wrong in one way does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from maillage.events.deadletters import DeadLetter

from tests.faults.checker import VERDICTS, Evidence, Published, judge
from tests.faults.checker.evidence import STREAM
from tests.faults.history import ACKNOWLEDGED, REFUSED, History

Json = dict[str, Any]
ANA, BEA, CIA = "ana", "bea", "cia"
ADDRESS = "ana@exemple.fr"
CONFIRMED, WAITLISTED = "events.registration.confirmed.v1", "events.registration.waitlisted.v1"


def entry(number: int, kind: str, entity: str, **body: Any) -> Json:
    return {
        "id": number, "event_id": f"e{number}", "type": f"fr.maillage.{kind}", "entity_id": entity,
        "data": json.dumps(body), "stream_sequence": number, "refused": None,
    }  # fmt: skip


def registration(number: int, kind: str, entity: str, person: str, **more: Any) -> Json:
    return entry(number, kind, entity, seminar_id="s", coordinator_id=person, **more)


def streamed(row: Json) -> Published:
    kind = row["type"].removeprefix("fr.maillage.")
    return Published(
        row["id"], f"fr-pac.{kind}.{row['entity_id']}", row["event_id"], None, row["data"].encode()
    )


def observed(row: Json) -> Json:
    return {"stream": STREAM, "event_id": row["event_id"], "sequence": row["id"], "type": row["type"]}


def message(event_id: str, topic: str, person: str, channel: str) -> Json:
    return {
        "id": f"{event_id}-{channel}", "event_id": event_id, "topic": topic, "recipient_id": person,
        "channel": channel, "state": "sent", "reason": None,
    }  # fmt: skip


def right() -> Evidence:
    """A seminar of one seat: Ana has it, Bea waits. Cia asked when she could not. A post was renamed."""
    history = History()
    for person, made in ((ANA, "ra"), (BEA, "rb")):
        history.invoke("register", person=person, seminar="s").end(ACKNOWLEDGED, 201, {"id": made})
    history.invoke("register", person=CIA, seminar="s").end(REFUSED, 409, {"code": "closed"})
    mark = {"email": ADDRESS}
    arrived = history.invoke("arrive", creates="directory.account", mark=mark, id_at="coordinator_id")
    arrived.end(ACKNOWLEDGED, 201, {"coordinator_id": ANA})
    history.invoke("rename", person=ANA, first_name="Anaïs").end(ACKNOWLEDGED, 200)
    journal = [
        entry(1, "events.seminar.published.v1", "s", seminar_id="s", capacity=1),
        registration(2, CONFIRMED, "ra", ANA, promoted=False),
        registration(3, WAITLISTED, "rb", BEA, position=1),
    ]
    seats = [
        {"id": key, "seminar_id": "s", "coordinator_id": person, "status": status}
        for key, person, status in (("ra", ANA, "confirmed"), ("rb", BEA, "waitlisted"))
    ]
    ana = {"id": ANA, "first_name": "Anaïs", "last_name": "Juste", "status": "active"}
    pool = {"seminar_id": "s", "workshop_id": None, "confirmed": 1, "offered": 0, "waitlisted": 1}
    told = [
        message("e2", "registration-confirmed", ANA, "in_app"),
        message("e3", "registration-waitlisted", BEA, "in_app"),
    ]
    tables = {
        "events.outbox": journal,
        "events.registration": seats,
        "events.seat_pool": [pool],
        "events.timer": [],
        "events.person": [dict(ana)],
        "directory.coordinator": [ana],
        "directory.account": [{"id": ANA, "email": ADDRESS}],
        "notifications.inbox": [{"consumer": "notifications", "event_id": f"e{n}"} for n in (2, 3)],
        "notifications.message": [*told, message("e2", "registration-confirmed", ANA, "email")],
        "notifications.mention": [],
        "catalogue.observed_event": [observed(row) for row in journal],
        "catalogue.observed_type": [
            {"stream": STREAM, "type": row["type"], "count": 1, "source": "/fr-pac/events"} for row in journal
        ],
    }
    return Evidence(
        history=history,
        tables=tables,
        stream=[streamed(row) for row in journal],
        mails={"e2-email": b"You are registered, ana@exemple.fr"},
        filters={"notifications": {CONFIRMED, WAITLISTED}},
    )


def letter(**changes: Any) -> DeadLetter:
    made = DeadLetter(
        1, "notifications", f"fr-pac.{CONFIRMED}.ra", "why", "S", 2, 1, None, {"ce-id": "e2"}, b""
    )
    return replace(made, **changes)


def append(table: str, row: Json) -> Callable[[Evidence], None]:
    return lambda found: found.tables[table].append(row)


def alter(table: str, place: int, **changes: Any) -> Callable[[Evidence], None]:
    return lambda found: found.tables[table][place].update(changes)


def drop(table: str, place: int = -1) -> Callable[[Evidence], object]:
    return lambda found: found.tables[table].pop(place)


def told(row: Json) -> Callable[[Evidence], None]:
    """One more event, in the journal and in the stream."""

    def change(found: Evidence) -> None:
        found.tables["events.outbox"].append(row)
        found.stream.append(streamed(row))

    return change


def asked(name: str, **facts: Any) -> Callable[[Evidence], None]:
    return lambda found: found.history.invoke(name, **facts).end(ACKNOWLEDGED, 200)


def crashed(found: Evidence) -> None:
    found.history.operations[0].crashes.append("boom")


def bad(found: Evidence) -> None:
    found.stream.append(Published(9, f"fr-pac.{CONFIRMED}.x", "", "malformed", b"{"))


def seat(person: str, status: str) -> Json:
    return {"id": "rc", "seminar_id": "s", "coordinator_id": person, "status": status}


def again(place: int) -> Callable[[Evidence], None]:
    return lambda found: found.stream.append(replace(found.stream[1], place=place))


SEATS, PEOPLE, MESSAGES = "events.registration", "directory.coordinator", "notifications.message"
OFFERED, CANCELLED = "events.registration.offered.v1", "events.registration.cancelled.v1"
ANSWERED, SEATED = "events.guest.answered.v1", {"seminar_id": "s", "status": "confirmed"}
STUCK = {"last_error": "KeyError", "name": "offer-expired", "attempts": 3}
NOWHERE = Published(9, "fr-pac.x.y.z.v1.1", "e9")
TWIN = message("e2", "registration-confirmed", ANA, "in_app")
WRONG: list[tuple[str, str, Callable[[Evidence], object]]] = [
    ("acknowledged_once", "registration lost", drop(SEATS)),
    ("acknowledged_once", "done twice", append(SEATS, seat(ANA, "confirmed"))),
    ("acknowledged_once", "refused and done", append(SEATS, seat(CIA, "waitlisted"))),
    ("acknowledged_once", "another's", alter(SEATS, 0, coordinator_id=CIA)),
    ("acknowledged_once", "account lost", drop("directory.account")),
    ("acknowledged_once", "account twice", append("directory.account", {"id": CIA, "email": ADDRESS})),
    ("acknowledged_once", "cancelled and not", asked("cancel", registration="ra", person=ANA)),
    ("acknowledged_once", "accepted and not told", asked("accept", registration="rb")),
    ("acknowledged_once", "erasure not complete", asked("erase", person=ANA)),
    ("last_names_stand", "an update lost", alter(PEOPLE, 0, first_name="Ana")),
    ("nothing_crashed", "a 500", crashed),
    ("nothing_crashed", "a 500 for nobody", lambda found: found.crashes.append("boom")),
    ("traces_are_gone", "her address is left", alter(PEOPLE, 0, status="erased")),
    ("never_overbooked", "two in a seat", told(registration(4, CONFIRMED, "rc", CIA, promoted=True))),
    ("never_overbooked", "a guest in a seat that is taken", told(entry(4, ANSWERED, "g", **SEATED))),
    ("queue_in_order", "a guest seated past it", told(entry(4, ANSWERED, "g", **SEATED))),
    ("queue_in_order", "seated past it", told(registration(4, CONFIRMED, "rc", CIA, promoted=False))),
    ("queue_in_order", "offered to another", told(registration(4, OFFERED, "rc", CIA))),
    ("counts_agree", "a count off", alter("events.seat_pool", 0, waitlisted=2)),
    ("counts_agree", "an event that is not so", told(registration(4, CANCELLED, "rb", BEA))),
    ("journals_are_streamed_once", "an event lost", lambda found: found.stream.pop()),
    ("journals_are_streamed_once", "an event twice", again(place=9)),
    ("journals_are_streamed_once", "another place", alter("events.outbox", 1, stream_sequence=7)),
    ("journals_are_streamed_once", "from nowhere", lambda found: found.stream.append(NOWHERE)),
    ("consumed_once", "never met", drop("notifications.inbox")),
    ("nothing_silent", "a genuine dead letter", lambda found: found.letters.append(letter())),
    ("nothing_silent", "no reason", lambda found: found.letters.append(letter(reason="", headers={}))),
    ("nothing_silent", "never at rest", lambda found: found.waiting.append("1 event to publish")),
    ("nothing_silent", "a deadline that fails", append("events.timer", STUCK)),
    ("malformed_is_quarantined", "dropped in silence", bad),
    ("copies_agree", "an old copy", alter("events.person", 0, first_name="Ana")),
    ("copies_agree", "a copy missing", drop("events.person")),
    ("copies_agree", "a copy of nobody", append("events.person", {"id": CIA})),
    ("catalogue_saw_all", "never seen", drop("catalogue.observed_event")),
    ("catalogue_saw_all", "elsewhere", alter("catalogue.observed_event", 0, sequence=8)),
    ("catalogue_saw_all", "counted twice", alter("catalogue.observed_type", 0, count=2)),
    ("told_once", "not told", drop(MESSAGES, 1)),
    ("told_once", "told twice", append(MESSAGES, TWIN)),
    ("mailed_once", "never mailed", lambda found: found.mails.clear()),
    ("mailed_once", "mailed twice", lambda found: found.mails.update(again=found.mails["e2-email"])),
    ("mailed_once", "stuck", alter(MESSAGES, 2, state="pending")),
]


def test_evidence_that_is_right_is_found_right() -> None:
    assert judge(right()) == {}


@pytest.mark.parametrize(("verdict", "how", "spoil"), WRONG, ids=[f"{each[0]}-{each[1]}" for each in WRONG])
def test_a_verdict_sees_what_is_wrong(verdict: str, how: str, spoil: Callable[[Evidence], object]) -> None:
    found = right()
    spoil(found)
    assert judge(found).get(verdict), how


def test_every_verdict_is_tested() -> None:
    assert {verdict.__name__ for verdict in VERDICTS} == {each[0] for each in WRONG}
