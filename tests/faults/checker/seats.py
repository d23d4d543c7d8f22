"""Capacity and waiting lists, judged over the whole history of the events, not by their end alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.checker.evidence import Evidence, kind_of

Told = tuple[str, str, dict[str, Any]]
"""The kind of an event, its entity, its body. A guest of another region has no registration's events: what
her region is answered takes their place."""
REGISTRATION, ANSWERED = "events.registration.", "events.guest.answered.v1"


@dataclass
class Desk:
    """One seminar as its events tell it."""

    capacity: int
    held: set[str] = field(default_factory=set)
    queue: list[str] = field(default_factory=list)


def never_overbooked(found: Evidence) -> Iterator[str]:
    """At no moment of the journal's or the stream's history are more seats held than there are."""
    for source, told in _histories(found):
        for seminar, desk, (kind, entity, _) in _replay(told):
            if len(desk.held) > desk.capacity:
                yield f"{source}: {seminar} holds {len(desk.held)} of {desk.capacity} after {kind} {entity}"


def queue_in_order(found: Evidence) -> Iterator[str]:
    """A free seat is offered to the first who waits, and nobody is seated past the queue."""
    for source, told in _histories(found):
        queues: dict[str, list[str]] = {}
        for seminar, desk, (kind, entity, body) in _replay(told):
            waited = queues.get(seminar, [])
            if kind.endswith(".offered.v1") and waited[:1] != [entity]:
                yield f"{source}: {seminar} offers a seat to {entity} while {waited[:1]} waits first"
            if kind.endswith(".confirmed.v1") and not body.get("promoted") and waited:
                yield f"{source}: {seminar} seats {entity} past {len(waited)} who wait"
            queues[seminar] = list(desk.queue)


def counts_agree(found: Evidence) -> Iterator[str]:
    """The counts beside a seminar, its registrations and its events say the same."""
    desks: dict[str, Desk] = {}
    for seminar, desk, _ in _replay(_told_in_journal(found)):
        desks[seminar] = desk
    for pool in found.tables.get("events.seat_pool", []):
        if pool["workshop_id"] is not None:
            continue
        seminar = str(pool["seminar_id"])
        rows = [row["status"] for row in found.rows("events.registration", seminar_id=seminar)]
        for status in ("confirmed", "offered", "waitlisted"):
            if pool[status] != rows.count(status):
                yield f"{seminar} counts {pool[status]} {status}, its registrations {rows.count(status)}"
        if (desk := desks.get(seminar)) is not None:
            held = rows.count("confirmed") + rows.count("offered")
            if (len(desk.held), len(desk.queue)) != (held, rows.count("waitlisted")):
                told = f"{len(desk.held)} held and {len(desk.queue)} waiting"
                yield f"{seminar}: its events say {told}, its registrations {rows}"


def _histories(found: Evidence) -> Iterator[tuple[str, Iterable[Told]]]:
    yield "journal", _told_in_journal(found)
    yield "stream", _told_in_stream(found)


def _told_in_journal(found: Evidence) -> Iterator[Told]:
    for entry in sorted(found.tables.get("events.outbox", []), key=lambda each: int(each["id"])):
        if entry["data"] is not None:
            yield kind_of(entry), str(entry["entity_id"]), json.loads(entry["data"])


def _told_in_stream(found: Evidence) -> Iterator[Told]:
    seen: set[str] = set()
    for each in found.stream:
        if each.nemesis is None and each.kind.startswith("events.") and each.event_id not in seen:
            seen.add(each.event_id)
            yield each.kind, each.subject.rsplit(".", 1)[1], json.loads(each.body)


def _replay(told: Iterable[Told]) -> Iterator[tuple[str, Desk, Told]]:
    """Each event of a registration with its seminar as it stands after it."""
    desks: dict[str, Desk] = {}
    for kind, entity, body in told:
        if kind in ("events.seminar.published.v1", "events.seminar.updated.v1"):
            desk = desks.setdefault(str(body["seminar_id"]), Desk(int(body["capacity"])))
            desk.capacity = int(body["capacity"])
        guest = kind == ANSWERED
        if (
            not (guest or kind.startswith(REGISTRATION))
            or (desk_of := desks.get(str(body["seminar_id"]))) is None
        ):
            continue
        if guest:
            kind = f"{REGISTRATION}{body['status']}.v1"
            body = body | {"promoted": entity in desk_of.held or desk_of.queue[:1] == [entity]}
        _move(desk_of, kind.removeprefix(REGISTRATION).split(".")[0], entity)
        yield str(body["seminar_id"]), desk_of, (kind, entity, body)


def _move(desk: Desk, what: str, registration: str) -> None:
    if what in ("confirmed", "offered", "cancelled") and registration in desk.queue:
        desk.queue.remove(registration)
    if what in ("confirmed", "offered"):
        desk.held.add(registration)
    elif what == "cancelled":
        desk.held.discard(registration)
    elif what == "waitlisted" and registration not in desk.queue:
        desk.queue.append(registration)
