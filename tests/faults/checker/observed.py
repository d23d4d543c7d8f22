"""Has the catalogue seen every event of the stream, once, and does it say where each is?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.faults.checker.evidence import STREAM, Evidence


def catalogue_saw_all(found: Evidence) -> Iterator[str]:
    """Each event of the stream is observed, at its last place there; the types are counted as observed."""
    if "catalogue.observed_event" not in found.tables:
        return
    rows = found.rows("catalogue.observed_event", stream=STREAM)
    known = {str(row["event_id"]): int(row["sequence"]) for row in rows}
    places = set(known.values())
    last = {each.event_id: each.place for each in found.stream if each.nemesis is None}
    for each in found.stream:
        if each.event_id not in known and each.place not in places:
            yield f"the catalogue never saw {each.kind} {each.event_id} at {each.place} ({each.nemesis})"
    again = {each.event_id for each in found.stream if each.nemesis is not None}
    for event_id, place in last.items():
        if event_id not in again and known.get(event_id, place) != place:
            yield f"the catalogue says that {event_id} is at {known[event_id]}, and it is at {place}"
    observed = Counter(str(row["type"]) for row in rows)
    counted: Counter[str] = Counter()
    for row in found.rows("catalogue.observed_type", stream=STREAM):
        counted[str(row["type"])] += int(row["count"])
    for kind in observed.keys() | counted.keys():
        if observed[kind] != counted[kind]:
            yield f"the catalogue counts {counted[kind]} of {kind} and has observed {observed[kind]}"
