"""What people were told under one order of events, judged against what the true order tells them.

Another order may rightly tell less, for these reasons and no others: what had been overtaken by a later word
on the same thing or by an erasure, what came after the seminar or the time for an answer was over, what came
before its reader was known to animate the region, a change of a seminar where a later message already shows
it. It may tell no more than the true order, but that a seminar changed for somebody whose seat was heard of
before the change, or was called off for somebody whose giving it up is heard of later.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maillage.testing.harness import ServiceHarness
from sqlalchemy import text

from tests.orders.copies import Rows, plain
from tests.orders.region import Told

TRUE_OF = {
    "registration-confirmed": {"confirmed"},
    "registration-updated": {"confirmed"},
    "registration-waitlisted": {"waitlisted"},
    "registration-offered": {"offered"},
    "registration-cancelled": {"cancelled"},
    "seminar-cancelled": {"cancelled"},
    "guest-confirmed": {"confirmed"},
    "guest-waitlisted": {"waitlisted"},
    "guest-offered": {"offered"},
    "guest-refused": {"refused"},
    "guest-cancelled": {"cancelled"},
}
"""In which states of its registration a message is still true."""
ANIMATORS = {"arrival", "departure", "mentor-needed"}
MATCHED = {"proposal-accepted", "mentorship-started"}
"""A mentee reads one of the two."""


@dataclass(frozen=True)
class Said:
    """A message of an inbox. `number`: its place there; `reason`: why it was not told, if it was not."""

    recipient: str
    topic: str
    key: str
    event_id: str
    number: int | None
    reason: str | None
    params: dict[str, Any]

    @property
    def told(self) -> bool:
        return self.number is not None

    @property
    def seat(self) -> str | None:
        """The registration it speaks of."""
        return self.params.get("registration_id")


async def messages_of(harness: ServiceHarness) -> list[Said]:
    """Every message to an inbox."""
    statement = text(
        "SELECT recipient_id, topic, key, event_id, number, reason, params FROM message"
        " WHERE channel = 'in_app' ORDER BY recipient_id, number"
    )
    async with harness.db.read() as session:
        rows = (await session.execute(statement)).mappings().all()
    return [said_by(plain(row)) for row in rows]


def said_by(row: dict[str, Any]) -> Said:
    """The message that a row is; PostgreSQL gives its parameters as they are, SQLite as text."""
    *about, params = row.values()
    return Said(*about, json.loads(params) if isinstance(params, str) else params)


class Order:
    """An order of events, and which of them had been overtaken by what."""

    def __init__(self, events: Sequence[Told]) -> None:
        self.at: dict[str, int] = {}
        for place, told in enumerate(events):
            self.at.setdefault(told.event_id.hex, place)
        self.events = {told.event_id.hex: told for told in events}

    def overtakers(self, event_id: str) -> list[Told]:
        """Later events on something this one speaks of, that were handled before it."""
        told, place = self.events[event_id], self.at[event_id]
        return [
            other
            for key, other in self.events.items()
            if other.number > told.number and self.at[key] < place and _overtakes(other, told)
        ]

    def is_past_its_day(self, event_id: str) -> bool:
        """Whether the day by which it asks for an answer was over when it was handled."""
        told, place = self.events[event_id], self.at[event_id]
        now = max(other.time for key, other in self.events.items() if self.at[key] <= place)
        answer_by = told.data.get("answer_by")
        return answer_by is not None and datetime.fromisoformat(answer_by) <= now

    def is_late(self, event_id: str) -> bool:
        """Whether anything later was handled before it."""
        told, place = self.events[event_id], self.at[event_id]
        return any(other.number > told.number and self.at[key] < place for key, other in self.events.items())


def _overtakes(later: Told, told: Told) -> bool:
    """Whether the later one may leave nothing to tell of the other."""
    if later.type == "directory.coordinator.erased.v1":
        return later.data["coordinator_id"] in told.data.values()
    return bool(_ids(later) & _ids(told))


def _ids(told: Told) -> set[str]:
    names = ("registration_id", "seminar_id", "proposal_id", "request_id", "position_id", "guest_id")
    return {str(told.data[name]) for name in names if told.data.get(name)}


def misled(true: Sequence[Said], got: Sequence[Said], copies: Rows, order: Order) -> Iterator[str]:
    """Who was told something false or twice, and who was left out."""
    should, did = {each.key: each for each in true}, {each.key: each for each in got}
    for key, said in did.items():
        expected = key in should and should[key].told
        if said.told and not expected and not _is_matched(said) and not _may_be_added(said, order):
            yield f"{_of(said)} is told, and should not be"
    for key, said in should.items():
        silent = said.told and not (key in did and did[key].told) and not _is_matched(said)
        if silent and not _may_be_left_out(said, did.get(key), got, order):
            yield f"{_of(said)} is not told ({did[key].reason if key in did else 'not written'})"
    yield from _matched_once(true, got)
    yield from _last_is_true(true, got, copies)
    yield from _calendars_grow(got)


def _may_be_added(said: Said, order: Order) -> bool:
    """A seminar changes, or is called off, for her whose seat is heard of first, or its end only later."""
    if said.topic == "seminar-updated":
        return True
    ends = [
        each
        for each in order.events.values()
        if each.type == "events.registration.cancelled.v1" and each.data["registration_id"] == said.seat
    ]
    late = any(order.is_late(each.event_id.hex) for each in ends)
    return said.topic == "seminar-cancelled" and late


def _may_be_left_out(said: Said, found: Said | None, got: Sequence[Said], order: Order) -> bool:
    if found is not None and found.reason == "news-only":
        return order.is_late(said.event_id)
    if found is not None and found.reason == "outdated":
        return bool(order.overtakers(said.event_id)) or order.is_past_its_day(said.event_id)
    if said.topic in ANIMATORS:
        known = [
            order.at[key]
            for key, told in order.events.items()
            if told.type == "directory.contact.changed.v1"
            and _hex(told.data["coordinator_id"]) == said.recipient
        ]
        return min(known) > order.at[said.event_id]
    if said.topic == "seminar-updated":
        return _is_shown_or_over(said, got, order)
    return False


def _is_shown_or_over(said: Said, got: Sequence[Said], order: Order) -> bool:
    """Whether a change is shown by a message that came with it or after it, or came when nothing can follow.

    Texts and calendars are made when they go, of what is known by then.
    """
    later = order.overtakers(said.event_id)
    if any(each.type in ("events.seminar.completed.v1", "events.seminar.cancelled.v1") for each in later):
        return True
    first = min(order.at[each] for each in (said.event_id, *(one.event_id.hex for one in later)))
    hers = [other for other in got if other.seat == said.seat]
    return any(
        other.reason == "news-only" or (other.told and order.at[other.event_id] >= first) for other in hers
    )


def _is_matched(said: Said) -> bool:
    return said.topic in MATCHED and said.params.get("as") != "mentor"


def _matched_once(true: Sequence[Said], got: Sequence[Said]) -> Iterator[str]:
    def pairs(messages: Sequence[Said]) -> list[tuple[str, str]]:
        return sorted((m.recipient, m.params["mentor_id"]) for m in messages if m.told and _is_matched(m))

    if pairs(true) != pairs(got):
        yield f"mentees read of a mentorship {pairs(got)}, should read {pairs(true)}"


def _last_is_true(true: Sequence[Said], got: Sequence[Said], copies: Rows) -> Iterator[str]:
    """The last that somebody hears of her seat is how it stands, as far as the true order says it at all."""
    should = _last(true)
    for seat, said in _last(got).items():
        row = copies.get(f"registration {_hex(seat)}")
        over = any(each.seat == seat and each.reason == "news-only" for each in got)
        as_true = seat in should and should[seat].topic == said.topic
        if row is not None and not over and not as_true and row["status"] not in TRUE_OF[said.topic]:
            yield f"{_of(said)} is the last she hears, and it is {row['status']}"


def _last(messages: Sequence[Said]) -> dict[str, Said]:
    return {each.seat: each for each in messages if each.told and each.seat and each.topic in TRUE_OF}


def _calendars_grow(got: Sequence[Said]) -> Iterator[str]:
    numbers: dict[str, list[int]] = {}
    for each in got:
        if each.told and each.seat and "calendar_sequence" in each.params:
            numbers.setdefault(each.seat, []).append(each.params["calendar_sequence"])
    for seat, sent in numbers.items():
        if sent != sorted(set(sent)):
            yield f"the calendar of {seat[-4:]} is sent {sent}"


def _of(said: Said) -> str:
    about = said.seat or said.params.get("proposal_id") or ""
    return f"{said.topic} {about[-4:]} to {said.recipient[-4:]}"


def _hex(identifier: Any) -> str:
    return str(identifier).replace("-", "")
