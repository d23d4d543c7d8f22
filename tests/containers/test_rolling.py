"""Every replica is replaced under constant traffic: no request and no event is lost, nothing done twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.containers.composition import BETWEEN_CALLS, Composition, docker
from tests.journeys.house import eventually
from tests.journeys.test_seminar import an_open_seminar

REPLACED = ("events", "notifications")


@pytest.fixture
def doubled(composition: Composition) -> Iterator[Composition]:
    composition.scale(events=2, notifications=2)
    yield composition
    composition.scale(events=1, notifications=1)


def replace_all(composition: Composition, service: str) -> None:
    """One after the other is stopped as a rolling upgrade does, and another container takes its place."""
    for old in composition.containers(service):
        docker("stop", old)
        docker("rm", old)
        composition.scale(events=2, notifications=2)
        assert old not in composition.containers(service)


@pytest.mark.timeout(600)
def test_replicas_are_replaced_one_by_one_and_nobody_notices(doubled: Composition) -> None:
    house = doubled.house
    person = house.person("Rozenn", "Relève")
    me = house.as_person(person["id"])
    seminars = [an_open_seminar(house, capacity=3) for _ in range(5)]
    over, wrong, read = threading.Event(), list[Any](), [0]

    def reads() -> None:
        with httpx.Client(base_url=doubled.url, timeout=60) as client:
            while not over.is_set():
                try:
                    answer = client.get("/api/events/v1/seminars?limit=1")
                    read[0] += 1
                    if answer.status_code != 200:
                        wrong.append((answer.status_code, answer.text))
                except httpx.HTTPError as error:
                    wrong.append(repr(error))
                over.wait(BETWEEN_CALLS)

    def registers() -> None:
        for seminar in seminars:
            path = f"/api/events/v1/seminars/{seminar['id']}/registrations"
            answer = me.client.post(
                path, json={"workshop_ids": [], "answers": {}}, headers={"Idempotency-Key": str(uuid4())}
            )
            if answer.status_code != 201:
                wrong.append((answer.status_code, answer.text))
            over.wait(4)

    threads = [threading.Thread(target=each) for each in (reads, reads, registers)]
    for thread in threads:
        thread.start()
    for service in REPLACED:
        replace_all(doubled, service)
    threads[2].join()
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert read[0] > 50
    confirmed = eventually(
        lambda: (
            (found := house.inbox(me, "registration-confirmed")) and len(found) >= len(seminars) and found
        ),
        "each registration is confirmed",
        120,
    )
    assert len(confirmed) == len(seminars), "and once"
