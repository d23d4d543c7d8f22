"""Every event of every journal in the stream once, in every consumer's effects once, nothing silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from tests.faults.checker.evidence import Evidence, Published, kind_of


def journals_are_streamed_once(found: Evidence) -> Iterator[str]:
    """Each entry has its one place in the stream, and the journal knows it; nothing else is there."""
    places: dict[str, list[int]] = {}
    for each in found.stream:
        if each.nemesis is None:
            places.setdefault(each.event_id, []).append(each.place)
    known = set()
    for entry in found.journal():
        event_id = str(entry["event_id"])
        known.add(event_id)
        there = places.get(event_id, [])
        if entry["data"] is None:
            if there and entry["stream_sequence"] not in there:
                yield f"{kind_of(entry)} {event_id} is erased in the journal and in the stream at {there}"
        elif entry["refused"] is not None:
            yield f"{kind_of(entry)} {event_id} was refused: {entry['refused']}"
        elif len(there) != 1:
            noted = f"its journal says {entry['stream_sequence']} since {entry.get('published_at')}"
            yield f"{kind_of(entry)} {event_id} is in the stream at {there}, {noted}"
        elif entry["stream_sequence"] != there[0]:
            yield f"{kind_of(entry)} {event_id} is at {there[0]}, its journal says {entry['stream_sequence']}"
    for event_id, there in places.items():
        if event_id not in known:
            yield f"event {event_id} at {there} stands in no journal"


def consumed_once(found: Evidence) -> Iterator[str]:
    """Each consumer has met each event it reads: in its inbox once, or in the dead letters."""
    dead = _dead(found)
    for consumer, kinds in found.filters.items():
        rows = found.rows(f"{consumer}.inbox", consumer=consumer)
        met = Counter(str(row["event_id"]) for row in rows)
        for each in found.stream:
            if each.kind in kinds and each.event_id not in met and not dead(consumer, each):
                yield f"{consumer} never met {each.kind} {each.event_id} at {each.place} ({each.nemesis})"
        yield from (f"{consumer} has met {one} {count} times" for one, count in met.items() if count > 1)


def nothing_silent(found: Evidence) -> Iterator[str]:
    """What could not be done stands in the dead letters with a reason, and only the nemesis's is there."""
    harmful = {each.place for each in found.stream if each.nemesis is not None}
    genuine = {str(entry["event_id"]) for entry in found.journal()}
    for letter in found.letters:
        if not letter.reason:
            yield f"dead letter {letter.number} ({letter.subject}) has no reason"
        if letter.headers.get("ce-id") in genuine and letter.stream_sequence not in harmful:
            yield f"{letter.consumer} gave up {letter.event_type} {letter.headers['ce-id']}: {letter.reason}"
    for service in found.services:
        for timer in found.tables.get(f"{service}.timer", []):
            if timer["last_error"]:
                yield f"{service}: the timer {timer['name']} failed {timer['attempts']} times"
    yield from (f"not settled: {each}" for each in found.waiting)


def malformed_is_quarantined(found: Evidence) -> Iterator[str]:
    """Each bad message that is in the stream is a dead letter of each consumer it reached."""
    dead = _dead(found)
    for each in found.stream:
        if each.nemesis not in ("malformed", "oversized"):
            continue
        for consumer, kinds in found.filters.items():
            if each.kind in kinds and not dead(consumer, each):
                yield f"{each.nemesis} {each.subject} at {each.place} is no dead letter of {consumer}"


def _dead(found: Evidence) -> Callable[[str, Published], bool]:
    """Whether a consumer gave a message up: by place and body, for a loss gives a place to another."""
    whole = {(each.consumer, each.stream_sequence, each.data) for each in found.letters}
    large = {(each.consumer, each.stream_sequence) for each in found.letters if each.without_body}
    return lambda consumer, it: (consumer, it.place, it.body) in whole or (consumer, it.place) in large
