"""The first hundred days: moved by facts in whatever order they come, ticked by hand where no fact can."""

from datetime import date
from typing import Any
from uuid import UUID

from maillage import clock as kit_clock
from maillage.events.deliver import Outcome
from maillage.ids import new_id
from maillage.testing.clock import TestClock
from mentoring_network import Network

ATTENDED, WITHDRAWN = "events.attendance.recorded.v1", "events.attendance.withdrawn.v1"
BY_HAND = ["know-peers", "day-45", "aci-landmark", "day-100"]


def registration(who: UUID, registration_id: UUID | None = None) -> dict[str, Any]:
    return {
        "registration_id": registration_id or new_id(),
        "seminar_id": new_id(),
        "coordinator_id": who,
        "workshop_ids": [],
        "waitlisted_workshop_ids": [],
        "promoted": False,
    }


def presence(seat: dict[str, Any], workshop: UUID | None = None) -> dict[str, Any]:
    told = {name: seat[name] for name in ("registration_id", "seminar_id", "coordinator_id")}
    return {**told, "attendance_id": new_id(), "workshop_id": workshop, "recorded_at": kit_clock.now()}


def undone(noted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in noted.items() if name != "recorded_at"}


async def test_facts_and_the_newcomer_complete_it_together(network: Network, clock: TestClock) -> None:
    mentor = await network.mentor()
    newcomer = await network.newcomer()
    me = network.me(newcomer)
    accepted = await network.accept(newcomer)
    meeting = {"held_on": kit_clock.today().isoformat(), "duration_minutes": 45}
    path = f"mentorships/{accepted['mentorship_id']}/meetings"
    await network.post(path, network.me(mentor), meeting, expect=201)
    confirmed = network.profile(newcomer, confirmed_on=kit_clock.today())
    await network.house.deliver("directory.coordinator.updated.v1", confirmed, sequence=2)
    seat = registration(newcomer)
    await network.house.deliver("events.registration.confirmed.v1", seat)
    clock.advance(days=9)
    noted = presence(seat)
    await network.house.deliver(ATTENDED, noted)
    assert await network.steps_done(newcomer) == [
        "profile-confirmed",
        "mentor",
        "first-meeting",
        "seminar-registered",
        "seminar-attended",
    ]
    refused = await network.post("me/pathway/steps/mentor/complete", network.me(new_id()), expect=404)
    assert refused["code"] == "no-pathway"
    for slug in BY_HAND:
        pathway = await network.post(f"me/pathway/steps/{slug}/complete", me)
        await network.post(f"me/pathway/steps/{slug}/complete", me)
    assert (pathway["done"], pathway["total"], pathway["status"]) == (9, 9, "completed")
    assert pathway["day"] == 10
    told = await network.house.recorded("mentoring.pathway.step-completed.v1")
    assert [each.data["done"] for each in told] == list(range(1, 10)), "each step is told once"
    assert (await network.types())[-1] == "pathway.completed.v1"
    await network.house.deliver(WITHDRAWN, undone(noted))
    reopened = await network.get("me/pathway", me)
    assert (reopened["done"], reopened["status"]) == (8, "active")
    await network.house.deliver(ATTENDED, presence(seat))
    finished = await network.get("me/pathway", me)
    assert (finished["done"], finished["status"]) == (9, "completed")


async def test_a_step_that_follows_from_a_fact_cannot_be_ticked(network: Network) -> None:
    newcomer = await network.newcomer()
    refused = await network.post("me/pathway/steps/mentor/complete", network.me(newcomer), expect=409)
    assert refused["code"] == "step-is-automatic"
    await network.post("me/pathway/steps/no-such/complete", network.me(newcomer), expect=404)


async def test_facts_that_came_before_the_arrival_count_and_old_ones_do_not(
    network: Network, clock: TestClock
) -> None:
    who, cpts = new_id(), await network.cpts()
    old = registration(who)
    await network.house.deliver("events.registration.confirmed.v1", old)
    clock.advance(days=40)
    await network.person(coordinator_id=who, confirmed_on=date(2026, 1, 5))
    await network.starts(who, cpts)
    assert await network.steps_done(who) == []

    another = new_id()
    await network.house.deliver("events.registration.confirmed.v1", registration(another))
    await network.starts(another, cpts)
    assert await network.steps_done(another) == ["seminar-registered"]


async def test_the_same_event_twice_is_one_step(network: Network) -> None:
    newcomer = await network.newcomer()
    seat, event_id = registration(newcomer), new_id()
    kind = "events.registration.confirmed.v1"
    assert await network.house.deliver(kind, seat, event_id=event_id) is Outcome.DONE
    assert await network.house.deliver(kind, seat, event_id=event_id) is Outcome.DUPLICATE
    await network.house.deliver(kind, seat)
    assert len(await network.house.recorded("mentoring.pathway.step-completed.v1")) == 1


async def test_who_may_read_a_pathway(network: Network) -> None:
    mentor = await network.mentor()
    newcomer = await network.newcomer()
    path, client = f"pathways/{newcomer}", network.house.client
    assert (await client.get(path, headers=network.me(mentor))).status_code == 403
    await network.accept(newcomer)
    assert (await network.get(path, network.me(mentor)))["coordinator_id"] == str(newcomer)
    assert (await network.get("pathways", status="active"))["items"][0]["id"]
    assert (await client.get("pathways", headers=network.me(mentor))).status_code == 403
    english = await network.get("me/pathway", {**network.me(newcomer), "Accept-Language": "en"})
    assert english["steps"][1]["title"] == "Find a mentor"
    assert [step["how"] for step in english["steps"]].count("manual") == 4


async def test_a_check_in_undone_takes_its_step_back_when_no_presence_is_left(network: Network) -> None:
    newcomer = await network.newcomer()
    seat = registration(newcomer)
    door, workshop = presence(seat), presence(seat, new_id())
    for noted in (door, workshop):
        await network.house.deliver(ATTENDED, noted)
    await network.house.deliver(WITHDRAWN, undone(door))
    assert await network.steps_done(newcomer) == ["seminar-attended"], "she was in a workshop"
    await network.house.deliver(WITHDRAWN, undone(workshop))
    assert await network.steps_done(newcomer) == []
    for again in (ATTENDED, WITHDRAWN):
        await network.house.deliver(again, workshop if again == ATTENDED else undone(workshop))
        assert await network.steps_done(newcomer) == [], "told twice or late, it stays withdrawn"
    await network.house.deliver(ATTENDED, presence(seat))
    assert await network.steps_done(newcomer) == ["seminar-attended"], "noted anew, it counts anew"


async def test_a_withdrawal_told_before_its_attendance_counts(network: Network) -> None:
    newcomer = await network.newcomer()
    noted = presence(registration(newcomer))
    await network.house.deliver(WITHDRAWN, undone(noted))
    await network.house.deliver(ATTENDED, noted)
    assert await network.steps_done(newcomer) == []


async def test_its_own_late_news_does_not_tick_a_withdrawn_presence_again(network: Network) -> None:
    newcomer = await network.newcomer()
    noted = presence(registration(newcomer))
    await network.house.deliver(ATTENDED, noted)
    told = (await network.house.recorded("mentoring.pathway.step-completed.v1"))[-1]
    await network.house.deliver(WITHDRAWN, undone(noted))
    await network.house.deliver(told.type, told.data, sequence=told.sequence, event_id=told.event_id)
    assert await network.steps_done(newcomer) == []
