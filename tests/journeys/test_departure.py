"""Story 3: a post ends; what hung on it is closed or handed over, and history stays."""

from __future__ import annotations

from tests.journeys.house import House, eventually
from tests.journeys.test_arrival import a_mentor, a_newcomer, holders, pending_proposal, today
from tests.journeys.test_seminar import an_open_seminar, register, status


def test_a_departure_frees_the_seat_the_mentorship_and_the_post(house: House) -> None:
    a_mentor(house, "Odile")
    newcomer, cpts, position = a_newcomer(house, "Yasmine")
    proposal = eventually(lambda: pending_proposal(house, newcomer["id"]), "a proposal")
    mentor = house.as_person(proposal["mentor"]["id"])
    mentor.post(f"mentoring/v1/proposals/{proposal['id']}/accept")
    seminar = an_open_seminar(house, capacity=1)
    registration = register(house, seminar, newcomer)
    waiting = register(house, seminar, house.person("Rose", "Suivante"))
    assert waiting["status"] == "waitlisted"

    ended_on = today()
    house.operator.post(f"directory/v1/positions/{position['id']}/end", {"ended_on": ended_on})

    cancelled = eventually(
        lambda: (r := status(house, registration))["status"] == "cancelled" and r,
        "her registration is cancelled",
    )
    assert cancelled["status"] == "cancelled"
    eventually(lambda: status(house, waiting)["status"] == "offered", "her seat is offered to the next")
    eventually(lambda: ended_mentorship(house, newcomer["id"]), "the mentorship is ended")
    eventually(lambda: house.inbox(mentor, "mentorship-ended"), "her mentor is told")
    assert house.operator.get(f"directory/v1/cpts/{cpts['id']}")["vacant"] is True
    assert holders(house, cpts["id"]) == []
    history = house.operator.get(f"directory/v1/cpts/{cpts['id']}/positions")["items"]
    assert [(p["coordinator_id"], p["ended_on"]) for p in history] == [(newcomer["id"], ended_on)]


def test_a_mentee_whose_mentor_leaves_is_handed_over(house: House) -> None:
    leaving, _ = a_mentor(house, "Paule"), a_mentor(house, "Quitterie")
    newcomer, _, _ = a_newcomer(house, "Noor")
    proposal = eventually(lambda: pending_proposal(house, newcomer["id"]), "a proposal")
    leaving_id = proposal["mentor"]["id"]
    house.as_person(leaving_id).post(f"mentoring/v1/proposals/{proposal['id']}/accept")
    posts = house.operator.get(f"directory/v1/coordinators/{leaving_id}")["positions"]
    for post in posts:
        house.operator.post(f"directory/v1/positions/{post['id']}/end", {"ended_on": today()})
    again = eventually(lambda: pending_proposal(house, newcomer["id"]), "another mentor is proposed")
    assert again["mentor"]["id"] != leaving_id
    assert leaving["id"]


def ended_mentorship(house: House, mentee_id: str) -> bool:
    mentorships = house.operator.items("mentoring/v1/mentorships")
    return any(m["mentee"]["id"] == mentee_id and m["ended_on"] for m in mentorships)
