"""Two replicas: both answer, one handles the events; when that one dies the other goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.containers.composition import BETWEEN_CALLS, Composition, docker, log_lines
from tests.journeys.house import House, eventually
from tests.journeys.test_seminar import an_open_seminar

TAKEN_OVER_WITHIN = 10.0
SCALED = ("events", "notifications")


@pytest.fixture(scope="module")
def doubled(composition: Composition) -> Iterator[Composition]:
    composition.scale(events=2, notifications=2)
    yield composition
    composition.scale(events=1, notifications=1)


def test_requests_are_shared_and_one_replica_leads(doubled: Composition) -> None:
    for service in SCALED:
        replicas = doubled.containers(service)
        assert len(replicas) == 2
        assert eventually(lambda name=service: doubled.leader(name), f"a leader of {service}") in replicas
    # The proxy asks the name server in its own time who has come, and then whether she is ready.
    eventually(lambda: min(answered_of_twenty(doubled)) >= 5, "both replicas have their share")


def answered_of_twenty(composition: Composition) -> list[int]:
    """How many of twenty requests each replica has answered."""
    mark = uuid4().hex
    for _ in range(20):
        httpx.get(
            f"{composition.url}/api/events/v1/seminars?limit=1", headers={"X-Request-ID": mark}, timeout=60
        )
    return [
        sum(line.get("request_id") == mark for line in log_lines(each))
        for each in composition.containers("events")
    ]


def test_a_stopped_replica_loses_no_request(doubled: Composition) -> None:
    over = threading.Event()
    answers: list[int | str] = []

    def call() -> None:
        while not over.is_set():
            try:
                answers.append(
                    httpx.get(f"{doubled.url}/api/events/v1/seminars?limit=1", timeout=60).status_code
                )
            except httpx.HTTPError as error:
                answers.append(repr(error))
            over.wait(BETWEEN_CALLS)

    callers = [threading.Thread(target=call) for _ in range(3)]
    for caller in callers:
        caller.start()
    docker("stop", doubled.containers("events")[1])
    over.set()
    for caller in callers:
        caller.join()
    assert len(answers) > 10
    assert set(answers) == {200}
    doubled.scale(events=2, notifications=2)


def test_a_killed_leader_is_followed_at_once_nothing_twice_order_kept(doubled: Composition) -> None:
    house = doubled.house
    person = house.person("Maïwenn", "Relais")
    me = house.as_person(person["id"])
    seminars = [an_open_seminar(house, capacity=3) for _ in range(6)]
    took: dict[str, float] = {}
    for number, seminar in enumerate(seminars):
        if number in (2, 4):
            service = SCALED[number // 2 - 1]
            took[service] = kill_the_leader(doubled, service)
        path = f"events/v1/seminars/{seminar['id']}/registrations"
        me.post(path, {"workshop_ids": [], "answers": {}})
    wanted = [seminar["title"] for seminar in seminars]
    eventually(lambda: len(told(house, me, wanted)) >= len(wanted), "every confirmation", patience=120)
    assert told(house, me, wanted) == wanted, "each once, in the order of the registrations"
    assert max(took.values()) < TAKEN_OVER_WITHIN, took
    doubled.scale(events=2, notifications=2)


def kill_the_leader(composition: Composition, service: str) -> float:
    """Kill -9 of the replica at work; the seconds until another one leads, by its own clock.

    To look takes longer than to take over: the container engine is asked, and the database through it.
    """
    leader = eventually(lambda: composition.leader(service), f"a leader of {service}")
    before = datetime.now(UTC)
    docker("kill", "--signal", "KILL", leader)

    def another() -> str | None:
        found = composition.leader(service)
        return found if found != leader else None

    follower = eventually(another, f"another leader of {service}")
    led = eventually(lambda: led_since(follower, before), f"{follower} says that it leads")
    return (led - before).total_seconds()


def led_since(container: str, moment: datetime) -> datetime | None:
    """When a service has begun to lead after that moment, as it says in its log."""
    lines = [line for line in log_lines(container) if line.get("event") == "leading"]
    told = sorted(datetime.fromisoformat(line["timestamp"]) for line in lines)
    return next((each for each in told if each > moment), None)


def told(house: House, me: Any, titles: list[str]) -> list[str]:
    """The seminars that her inbox has confirmed to her, oldest first."""
    confirmed = reversed(house.inbox(me, "registration-confirmed"))
    return [title for item in confirmed for title in titles if title in f"{item['title']} {item['body']}"]
