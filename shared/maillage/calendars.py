"""VTIMEZONE: the rules of a time zone around an appointment, as RFC 5545 wants them in a calendar file.

Written here because the library's own generator has daylight time begin an hour late (icalendar 7.3).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from icalendar import Component, Timezone, TimezoneDaylight, TimezoneStandard, vText


def timezone(zone: ZoneInfo, start: datetime, end: datetime) -> Timezone:
    """The rule in force when the year of `start` begins, and every change up to the year after `end`."""
    component = Timezone()
    component["TZID"] = vText(zone.key)
    first = datetime(start.year, 1, 1, tzinfo=UTC)
    component.add_component(_rule(zone, first, before=first))
    for moment in _changes(zone, first, datetime(end.year + 1, 1, 1, tzinfo=UTC)):
        component.add_component(_rule(zone, moment, before=moment - timedelta(seconds=1)))
    return component


def _rule(zone: ZoneInfo, onset: datetime, *, before: datetime) -> Component:
    """What holds from `onset`; DTSTART is the wall clock as it was before the change (RFC 5545, 3.6.5)."""
    old, new = before.astimezone(zone), onset.astimezone(zone)
    rule = TimezoneDaylight() if new.dst() else TimezoneStandard()
    offset = old.utcoffset() or timedelta(0)
    rule.add("dtstart", (onset + offset).replace(tzinfo=None))
    rule.add("tzoffsetfrom", offset)
    rule.add("tzoffsetto", new.utcoffset() or timedelta(0))
    rule.add("tzname", new.tzname() or zone.key)
    return rule


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    """The instants at which the zone's offset changes, to the second."""
    days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    return [
        _between(zone, before, after)
        for before, after in pairwise(days)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
    ]


def _between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
