"""Each verdict over two regions sees what is wrong: Ana of fr-pac has a seat in fr-occ, Bea was erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from maillage.events.deadletters import DeadLetter

from tests.faults.checker import BETWEEN, Both, Evidence, Published
from tests.faults.history import ACKNOWLEDGED, History

Json = dict[str, Any]
ANA, BEA = "ana", "bea"
HERE, THERE = "fr-pac", "fr-occ"
Spoil = Callable[[Both], object]
PRESENTED, ERASED = "directory.coordinator.presented.v1", "directory.coordinator.erased.v1"
REQUESTED, ANSWERED = "events.guest.requested.v1", "events.guest.answered.v1"
OPENED, CONFIRMED = "events.seminar.opened.v1", "erasure.confirmed.v1"
READ = {"directory": {PRESENTED, ERASED}, "events": {PRESENTED, ERASED, REQUESTED, ANSWERED, OPENED}}
GUEST = {"id": "g", "seminar_id": "s", "coordinator_id": ANA}
WHEN = {"starts_at": "2027-01-01", "ends_at": "2027-01-02"}
FACTS = {"title": "Journée", **WHEN, "venue": "La Badine", "city": "Hyères"}


def person(key: str, status: str, reach: str = "national") -> Json:
    names = (None, None) if status == "erased" else ("Ana", "Nom1x1")
    reaches = {"reach_name": reach, "reach_challenges": reach, "reach_skills": "region"}
    return {"id": key, "status": status, "first_name": names[0], "last_name": names[1], **reaches}


def entry(number: int, kind: str, entity: str, region: str, **body: Any) -> Json:
    return {
        "id": number, "event_id": f"{region}-{number}", "type": f"fr.maillage.{kind}", "entity_id": entity,
        "data": json.dumps(body), "stream_sequence": number, "refused": None,
    }  # fmt: skip


def streamed(row: Json, region: str) -> Published:
    kind = row["type"].removeprefix("fr.maillage.")
    subject = f"{region}.{kind}.{row['entity_id']}"
    return Published(row["id"], subject, row["event_id"], None, row["data"].encode())


def met(rows: list[Json], service: str, region: str) -> list[Json]:
    """The inbox of a service that has met what it reads of `region`."""
    read = [row for row in rows if row["type"].removeprefix("fr.maillage.") in READ[service]]
    return [{"consumer": f"{service}@{region}", "event_id": row["event_id"]} for row in read]


def home() -> tuple[Evidence, list[Json], list[Json]]:
    """fr-pac, and what its two services have said."""
    history = History()
    history.invoke("ask", person=ANA, seminar="s").end(ACKNOWLEDGED, 201, {"id": "g"})
    history.invoke("share", person=ANA, reach={"name": "national"}).end(ACKNOWLEDGED, 200)
    arrived = history.invoke("arrive", mark={}, creates="directory.account", last_name="Nom1x12")
    arrived.end(ACKNOWLEDGED, 201, {"coordinator_id": BEA})
    of_people = [entry(1, PRESENTED, ANA, HERE, last_name="Nom1x1"), entry(2, ERASED, BEA, HERE)]
    of_events = [entry(3, REQUESTED, "g", HERE)]
    tables = {
        "directory.coordinator": [person(ANA, "active"), person(BEA, "erased")],
        "directory.coordinator_challenge": [{"coordinator_id": ANA, "challenge": "soins"}],
        "directory.erasure": [{"id": "e", "coordinator_id": BEA, "status": "complete"}],
        "directory.erasure_abroad": [
            {"erasure_id": "e", "service": service} for service in ("directory", "events")
        ],
        "events.guest_request": [{**GUEST, "status": "confirmed", "expires_at": None, "accepted_at": None}],
        "directory.outbox": of_people,
        "events.outbox": of_events,
    }
    return Evidence(history=history, tables=tables, region=HERE), of_people, of_events


def away() -> tuple[Evidence, list[Json], list[Json]]:
    """fr-occ, likewise."""
    of_people = [entry(1, f"directory.{CONFIRMED}", BEA, THERE)]
    of_events = [
        entry(2, f"events.{CONFIRMED}", BEA, THERE),
        entry(3, OPENED, "s", THERE),
        entry(4, ANSWERED, "g", THERE, status="confirmed", seminar_id="s"),
    ]
    card = {"id": ANA, "region": HERE, "first_name": "Ana", "last_name": "Nom1x1", "reach_name": "national"}
    card |= {"challenges": [{"challenge": "soins"}], "skills": [], "reach_challenges": "national"}
    named = {"id": ANA, "first_name": "Ana", "last_name": "Nom1x1", "name_reach": "national", "region": HERE}
    seat = {**GUEST, "guest_region": HERE, "status": "confirmed", "offer_expires_at": None}
    pool = {"seminar_id": "s", "workshop_id": None, "capacity": 3, "confirmed": 1, "offered": 0}
    tables = {
        "directory.neighbour": [card],
        "events.person": [named],
        "events.seminar": [{"id": "s", "status": "published", "audience": "national", **FACTS}],
        "events.seat_pool": [{**pool, "waitlisted": 0}],
        "events.registration": [seat],
        "directory.outbox": of_people,
        "events.outbox": of_events,
    }
    return Evidence(tables=tables, region=THERE), of_people, of_events


def right() -> Both:
    """Both regions, with all that each said at both ends of the link."""
    (pac, *said_here), (occ, *said_there) = home(), away()
    pac.tables["events.neighbour_seminar"] = [
        {"id": "s", "status": "open", **FACTS, "capacity": 3, "seats_left": 2}
    ]
    for reader, said, origin in ((pac, said_there, occ), (occ, said_here, pac)):
        rows = [row for each in said for row in each]
        origin.stream += [streamed(row, origin.region) for row in rows]
        origin.public += origin.stream
        reader.feed += origin.stream
        reader.abroad = READ
        for service in READ:
            reader.tables[f"{service}.inbox"] = met(rows, service, origin.region)
    return Both(pac, occ)


def between(found: Both) -> dict[str, list[str]]:
    """What is wrong by the verdicts over both: the evidence is too small for those of one region."""
    complaints = {verdict.__name__: list(verdict(found)) for verdict in BETWEEN}
    return {name: wrong for name, wrong in complaints.items() if wrong}


def buried(**changes: Any) -> Spoil:
    """A dead letter of fr-occ's about what fr-pac said."""
    subject, place = f"{HERE}.{PRESENTED}.{ANA}", ("FEED_FR_PAC", 1)
    made = DeadLetter(1, "events", subject, "why", *place, 1, None, {"ce-id": f"{HERE}-1"}, b"")
    return lambda found: found.leaf.letters.append(replace(made, **changes))


def alter(side: str, table: str, place: int = 0, **changes: Any) -> Spoil:
    return lambda found: getattr(found, side).tables[table][place].update(changes)


def drop(side: str, table: str, place: int = -1) -> Spoil:
    return lambda found: getattr(found, side).tables[table].pop(place)


def append(side: str, table: str, row: Json) -> Spoil:
    return lambda found: getattr(found, side).tables.setdefault(table, []).append(row)


def asked(name: str, **facts: Any) -> Spoil:
    return lambda found: found.hub.history.invoke(name, **facts).end(ACKNOWLEDGED, 200)


def says(side: str, row: Json) -> Spoil:
    return append(side, f"{row['type'].split('.')[2]}.outbox", row)


LINES = "directory.import_line"
REQUEST, SEAT, CARD, COPY, PEOPLE = (
    "events.guest_request", "events.registration", "directory.neighbour", "events.neighbour_seminar",
    "directory.coordinator",
)  # fmt: skip
REFUSED = {**GUEST, "id": "h", "status": "refused"}
BAD = Published(9, f"{HERE}.{PRESENTED}.x", "", "malformed", b"{")
STRANGE = Published(9, f"{HERE}.{PRESENTED}.x", "fr-pac-99", None, b"{}")
TRACE = Published(9, f"{HERE}.{PRESENTED}.{BEA}", "fr-pac-2", None, b'{"last_name": "Nom1x12"}')
WRONG: list[tuple[str, str, Spoil]] = [
    ("guests_agree", "never answered", alter("hub", REQUEST, status="requested")),
    ("guests_agree", "another state", alter("leaf", SEAT, status="waitlisted")),
    ("guests_agree", "given up, and holds the seat", alter("hub", REQUEST, status="cancelled")),
    ("guests_agree", "the host knows nothing of her", drop("leaf", SEAT)),
    ("guests_agree", "somebody else's", alter("leaf", SEAT, coordinator_id=BEA)),
    ("guests_agree", "nobody sent her", append("leaf", SEAT, {**GUEST, "id": "h", "guest_region": HERE})),
    ("guests_asked_once", "a request lost", drop("hub", REQUEST)),
    ("guests_asked_once", "a request from nowhere", append("hub", REQUEST, REFUSED)),
    ("guests_asked_once", "asked twice", says("hub", entry(9, REQUESTED, "g", HERE))),
    ("guests_asked_once", "given up and not", asked("give_up", guest="g")),
    ("guests_asked_once", "taken and not told", asked("guest_accept", guest="g")),
    ("cards_agree", "an old name", alter("leaf", CARD, first_name="Anne")),
    ("cards_agree", "no card", drop("leaf", CARD)),
    ("cards_agree", "shown and not shared any more", alter("hub", PEOPLE, reach_challenges="self")),
    ("cards_agree", "a name not shared any more", alter("hub", PEOPLE, reach_name="region")),
    ("cards_agree", "a card of nobody", append("leaf", CARD, {**person("cia", "active"), "region": HERE})),
    ("cards_agree", "less than she asked", asked("share", person=ANA, reach={"skills": "public"})),
    ("seminars_agree", "still open", alter("leaf", "events.seminar", audience="region")),
    ("seminars_agree", "never heard of", drop("hub", COPY)),
    ("seminars_agree", "seats that are gone", alter("hub", COPY, seats_left=3)),
    ("erased_in_both", "her name in a table", append("leaf", LINES, {"last_name": "Nom1x12"})),
    ("erased_in_both", "her card in the feed", lambda found: found.leaf.feed.append(TRACE)),
    ("erased_in_both", "her card in a dead letter", buried(data=TRACE.body)),
    ("erased_in_both", "not confirmed", drop("leaf", "directory.outbox")),
    ("erased_in_both", "confirmed twice", says("leaf", entry(9, f"events.{CONFIRMED}", BEA, THERE))),
    ("erased_in_both", "not on the receipt", drop("hub", "directory.erasure_abroad")),
    ("heard_once", "never left", lambda found: found.hub.public.pop(0)),
    ("heard_once", "never came", lambda found: found.leaf.feed.pop(0)),
    ("heard_once", "never met", drop("leaf", "events.inbox")),
    ("heard_once", "never said", lambda found: found.leaf.feed.append(STRANGE)),
    ("nothing_silent_abroad", "a genuine dead letter", buried()),
    ("nothing_silent_abroad", "no reason", buried(reason="", headers={})),
    ("nothing_silent_abroad", "dropped in silence", lambda found: found.leaf.feed.append(BAD)),
]  # fmt: skip


def test_two_regions_that_agree_are_found_right() -> None:
    assert between(right()) == {}


@pytest.mark.parametrize(("verdict", "how", "spoil"), WRONG, ids=[f"{each[0]}-{each[1]}" for each in WRONG])
def test_a_verdict_sees_what_is_wrong(verdict: str, how: str, spoil: Spoil) -> None:
    found = right()
    spoil(found)
    assert between(found).get(verdict), how


def test_a_seat_that_was_never_given_is_no_contradiction() -> None:
    """Given up here while the host was refusing it there, which then notes nothing."""
    found = right()
    alter("hub", REQUEST, status="cancelled")(found)
    drop("leaf", SEAT)(found)
    alter("leaf", "events.outbox", 2, data=json.dumps({"status": "refused", "seminar_id": "s"}))(found)
    assert "guests_agree" not in between(found)


def test_every_verdict_is_tested() -> None:
    assert {verdict.__name__ for verdict in BETWEEN} == {each[0] for each in WRONG}
