"""The demo region: invented people, the same at each run (tests/house/test_demo.py loads it)."""

from datetime import date

import pytest
from maillage_directory.reference.cpts import cpts_payloads
from maillage_embedded.demo.cast import LEFT_BY_SOMEBODY, NEVER_HELD, members, newcomer
from maillage_embedded.demo.programme import PRESENT_IN_2021, past, upcoming

TODAY = date(2026, 11, 22)


def test_the_cast_is_the_same_at_each_run() -> None:
    assert members(TODAY) == members(TODAY)
    assert [member.email for member in members(TODAY)] == [
        member.email for member in members(date(2027, 3, 1))
    ]


def test_everyone_has_a_post_of_her_own_on_a_real_cpts() -> None:
    everyone = [*members(TODAY), newcomer(TODAY)]
    real = {body["slug"] for body in cpts_payloads()}
    posts = [member.cpts for member in everyone]
    assert len(everyone) == 62
    assert len(set(posts)) == 62
    assert set(posts) == real - {*LEFT_BY_SOMEBODY, *NEVER_HELD}
    assert len({member.email for member in everyone}) == 62
    assert all(member.email.endswith("@exemple.fr") for member in everyone)


def test_the_newcomer_came_twelve_days_ago_and_nobody_else_lately() -> None:
    assert (TODAY - newcomer(TODAY).started_on).days == 12
    assert all((TODAY - member.started_on).days > 100 for member in members(TODAY))


def test_enough_were_there_in_2021() -> None:
    assert sum(member.veteran for member in members(TODAY)) >= PRESENT_IN_2021


@pytest.mark.parametrize("today", [date(2026, 1, 31), TODAY, date(2027, 3, 28)])
def test_the_next_seminar_is_on_a_thursday_some_weeks_ahead(today: date) -> None:
    start = date.fromisoformat(upcoming(today).body["starts_at"][:10])
    assert start.weekday() == 3
    assert 63 <= (start - today).days < 70


def test_workshops_lie_within_their_seminar() -> None:
    for seminar in (past(), upcoming(TODAY)):
        for workshop in seminar.workshops:
            assert seminar.body["starts_at"] <= workshop.body["starts_at"] < workshop.body["ends_at"]
            assert workshop.body["ends_at"] <= seminar.body["ends_at"]
