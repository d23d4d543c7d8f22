"""A guest's place as her own region knows it, and as her host does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from tests.faults.checker.both import Both
from tests.faults.checker.evidence import Evidence, Row, kind_of

OVER = ("cancelled", "refused")


def guests_agree(found: Both) -> Iterator[str]:
    """Each request stands at both ends alike, every one is answered, and a host has no guest nobody sent."""
    for home, host in found.ways():
        seats = {str(row["id"]): row for row in host.rows("events.registration", guest_region=home.region)}
        requests = home.by_id("events.guest_request")
        for key, request in requests.items():
            if wrong := _differs(request, seats.get(key), host):
                yield f"{home.region} asks {host.region} {key}: {wrong}"
        for key in seats.keys() - requests.keys():
            yield f"{host.region} has a guest {key}, whom {home.region} never sent"


def _differs(request: Row, seat: Row | None, host: Evidence) -> str | None:
    """What the host has otherwise than the guest's region; None when they agree."""
    here, there = str(request["status"]), str(seat["status"]) if seat is not None else "nothing"
    if here == "requested":
        return f"is not answered; the host has {there}"
    if here in OVER:
        if there in OVER or (seat is None and _has_no_seat_to_keep(request, host)):
            return None
        return f"is {here}, the host has {there}"
    if here != there or seat is None:
        return f"is {here}, the host has {there}"
    if str(request["coordinator_id"]) != str(seat["coordinator_id"]):
        return f"is of {request['coordinator_id']}, the host has {seat['coordinator_id']}"
    if here == "offered" and request["expires_at"] != seat["offer_expires_at"]:
        return f"may be taken until {request['expires_at']}, the host says {seat['offer_expires_at']}"
    if here == "offered" and request["accepted_at"] is not None:
        return "took the seat she was offered, and the host still offers it"
    return None


def _has_no_seat_to_keep(request: Row, host: Evidence) -> bool:
    """Whether the host has refused it, or does not know the seminar: then it notes nothing."""
    entries = host.rows("events.outbox", entity_id=request["id"])
    answers = [json.loads(row["data"])["status"] for row in entries if row["data"] is not None]
    return "refused" in answers or not host.rows("events.seminar", id=request["seminar_id"])


def guests_asked_once(found: Both) -> Iterator[str]:
    """What a guest was acknowledged is there once: her request, her withdrawal, the seat she took."""
    for home, _ in found.ways():
        rows = home.by_id("events.guest_request")
        told = Counter((kind_of(row), str(row["entity_id"])) for row in home.journal("events"))
        acknowledged: set[str] = set()
        asked: Counter[str] = Counter()
        for operation in home.history.named("ask"):
            asked[operation.outcome] += 1
            if operation.acknowledged:
                guest = str(operation.answer["id"])
                acknowledged.add(guest)
                if guest not in rows or told["events.guest.requested.v1", guest] != 1:
                    yield f"{home.region}: request {guest} was acknowledged and is not there once"
        unasked = rows.keys() - acknowledged
        if len(unasked) > asked["unknown"]:
            yield f"{home.region}: {len(unasked)} requests that nobody was told of, as {sorted(unasked)[:3]}"
        yield from _ended(home, rows, told)


def _ended(home: Evidence, rows: dict[str, Row], told: Counter[tuple[str, str]]) -> Iterator[str]:
    for operation in home.history.named("give_up", "guest_decline", "guest_accept"):
        guest = str(operation.facts["guest"])
        if not operation.acknowledged:
            continue
        if operation.name == "guest_accept":
            if told["events.guest.accepted.v1", guest] < 1:
                yield f"{home.region}: {guest} took her seat, and the host was never told"
        elif guest in rows and rows[guest]["status"] not in OVER:
            yield f"{home.region}: {guest} was given up and is {rows[guest]['status']}"
    for (kind, guest), count in told.items():
        if kind in ("events.guest.requested.v1", "events.guest.withdrawn.v1") and count > 1:
            yield f"{home.region}: {kind} of {guest} was told {count} times"
