"""The demo region: invented people, the same at each run, and a second loading adds nothing."""

import signal
from datetime import date
from typing import Any

import pytest
from maillage_directory.reference.cpts import cpts_payloads
from maillage_embedded.demo.cast import LEFT_BY_SOMEBODY, NEVER_HELD, members, newcomer
from maillage_embedded.demo.programme import PRESENT_IN_2021, REGISTERED_NEXT, past, upcoming

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


def counts(operator: Any) -> dict[str, Any]:
    """What the demo has made, as a client sees it."""
    seminars = operator.get("/events/v1/seminars").json()["items"]
    return {
        "cpts": len(operator.get("/directory/v1/cpts?limit=200").json()["items"]),
        "vacant": len(operator.get("/directory/v1/cpts?vacant=true&limit=200").json()["items"]),
        "people": len(operator.get("/directory/v1/coordinators?limit=200").json()["items"]),
        "mentors": len(operator.get("/mentoring/v1/mentors?limit=200").json()["items"]),
        "mentorships": len(operator.get("/mentoring/v1/mentorships").json()["items"]),
        **{seminar["slug"]: (seminar["status"], seminar["confirmed"]) for seminar in seminars},
    }


@pytest.mark.timeout(600)
def test_the_demo_is_there_when_the_house_says_it_is_ready(
    house: Any, maillage: Any, eventually: Any
) -> None:
    house.arguments = ("--demo",)
    house.start()
    eventually(lambda: "Maillage est prêt" in house.output, "the demo is loaded", 240)
    operator = house.operator()
    made = counts(operator)
    assert made == {
        "cpts": 70,
        "vacant": 8,
        "people": 62,
        "mentors": made["mentors"],
        "mentorships": 4,
        "giens-2021": ("completed", PRESENT_IN_2021),
        "giens-hiver-tenir-la-distance": ("published", REGISTERED_NEXT),
    }
    assert made["mentors"] >= 10

    again = maillage("demo", "--data", str(house.data))
    assert again.returncode == 0, again.stderr
    assert counts(operator) == made

    found = operator.get("/directory/v1/coordinators?q=camille").json()["items"]
    camille = next(person["id"] for person in found if person["last_name"] == "Roux")
    pathway = eventually(
        lambda: (
            (answer := operator.get(f"/mentoring/v1/pathways/{camille}")).status_code == 200 and answer.json()
        ),
        "the newcomer's pathway",
    )
    assert pathway["day"] in (12, 13)
    assert house.end(signal.SIGINT) == 0
