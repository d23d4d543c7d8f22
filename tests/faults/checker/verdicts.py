"""The verdicts, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.faults.checker import abroad, copies, flow, guests, messages, observed, requests, seats
from tests.faults.checker.both import Both
from tests.faults.checker.evidence import Evidence

Verdict = Callable[[Evidence], Iterator[str]]
VERDICTS: tuple[Verdict, ...] = (
    requests.acknowledged_once,
    requests.last_names_stand,
    requests.nothing_crashed,
    requests.traces_are_gone,
    seats.never_overbooked,
    seats.queue_in_order,
    seats.counts_agree,
    flow.journals_are_streamed_once,
    flow.consumed_once,
    flow.nothing_silent,
    flow.malformed_is_quarantined,
    copies.copies_agree,
    observed.catalogue_saw_all,
    messages.told_once,
    messages.mailed_once,
)


def judge(found: Evidence) -> dict[str, list[str]]:
    """What is wrong, by the verdict that says so; empty when the house kept its word."""
    complaints = {verdict.__name__: list(verdict(found)) for verdict in VERDICTS}
    return {name: wrong for name, wrong in complaints.items() if wrong}


BETWEEN: tuple[Callable[[Both], Iterator[str]], ...] = (
    guests.guests_agree,
    guests.guests_asked_once,
    abroad.cards_agree,
    abroad.seminars_agree,
    abroad.erased_in_both,
    abroad.heard_once,
    abroad.nothing_silent_abroad,
)
"""What two regions owe each other."""


def judge_both(found: Both) -> dict[str, list[str]]:
    """What is wrong in either region, and between the two."""
    complaints = {
        f"{verdict} ({each.region})": wrong
        for each in (found.hub, found.leaf)
        for verdict, wrong in judge(each).items()
    }
    between = {verdict.__name__: list(verdict(found)) for verdict in BETWEEN}
    return complaints | {name: wrong for name, wrong in between.items() if wrong}
