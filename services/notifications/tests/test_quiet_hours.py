"""Quiet hours put off and never drop, on the person's clock: overnight, weekends, overseas, summer time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maillage_notifications.quiet import QuietHours

PARIS = "Europe/Paris"


def quiet(start: str, end: str, zone: str = PARIS, *, weekends: bool = False) -> QuietHours:
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end), ZoneInfo(zone), weekends)


@pytest.mark.parametrize(
    ("hours", "moment", "until"),
    [
        (quiet("21:00", "07:00"), "2026-03-02T20:30:00Z", "2026-03-03T06:00:00Z"),
        (quiet("21:00", "07:00"), "2026-03-03T03:00:00Z", "2026-03-03T06:00:00Z"),
        (quiet("21:00", "07:00"), "2026-03-03T06:00:00Z", None),
        (quiet("21:00", "07:00"), "2026-03-02T19:59:59Z", None),
        (quiet("12:00", "14:00"), "2026-03-02T11:00:00Z", "2026-03-02T13:00:00Z"),
        (quiet("12:00", "14:00"), "2026-03-02T13:00:00Z", None),
        # Friday night runs into the weekend, and Sunday night into Monday.
        (quiet("21:00", "07:00", weekends=True), "2026-03-06T21:00:00Z", "2026-03-09T06:00:00Z"),
        (quiet("12:00", "14:00", weekends=True), "2026-03-07T09:00:00Z", "2026-03-08T23:00:00Z"),
        # Overseas: three zones where Paris says something else.
        (quiet("21:00", "07:00", "Indian/Reunion"), "2026-03-02T18:00:00Z", "2026-03-03T03:00:00Z"),
        (quiet("21:00", "07:00", "America/Martinique"), "2026-03-03T09:00:00Z", "2026-03-03T11:00:00Z"),
        (quiet("21:00", "07:00", "Pacific/Noumea"), "2026-03-02T09:00:00Z", None),
        (quiet("21:00", "07:00", "Pacific/Noumea"), "2026-03-02T11:00:00Z", "2026-03-02T20:00:00Z"),
        # Spring, 29 March: 2 h becomes 3 h. The night is shorter; an end that is skipped comes at once after.
        (quiet("21:00", "07:00"), "2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z"),
        (quiet("21:00", "02:30"), "2026-03-28T21:00:00Z", "2026-03-29T01:30:00Z"),
        # Autumn, 25 October: 3 h becomes 2 h, and 2 h 30 comes twice.
        (quiet("21:00", "07:00"), "2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z"),
        (quiet("21:00", "02:30"), "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"),
        (quiet("21:00", "02:30"), "2026-10-25T01:15:00Z", "2026-10-25T01:30:00Z"),
    ],
)
def test_the_end_of_the_quiet(hours: QuietHours, moment: str, until: str | None) -> None:
    found = hours.until(datetime.fromisoformat(moment))
    assert found == (datetime.fromisoformat(until) if until else None)


MINUTES = st.integers(0, 24 * 60 - 1).map(lambda m: time(m // 60, m % 60))
ZONES = st.sampled_from([PARIS, "Indian/Reunion", "America/Cayenne", "Pacific/Tahiti", "America/Miquelon"])


@given(
    start=MINUTES,
    end=MINUTES,
    zone=ZONES,
    weekends=st.booleans(),
    minute=st.integers(0, 2 * 366 * 24 * 60),
)
def test_a_mail_is_put_off_to_a_moment_that_is_not_quiet_and_never_for_more_than_four_days(
    start: time, end: time, zone: str, weekends: bool, minute: int
) -> None:
    if start == end:
        return
    hours = QuietHours(start, end, ZoneInfo(zone), weekends)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    until = hours.until(moment)
    if until is not None:
        assert moment < until <= moment + timedelta(days=4)
        assert hours.until(until) is None
