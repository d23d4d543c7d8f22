"""Two people never get the last seat: two hundred clients at once on sixty seats."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from maillage.ids import new_id

House = Any


@pytest.fixture(autouse=True)
def patience(house: House) -> None:
    """However slow the machine: who has waited half a minute for a connection is told to come again (503)."""
    db = house.harness.db
    for engine in {db.engine, db._read_engine}:
        engine.sync_engine.pool._timeout = 280


async def test_two_hundred_clients_at_once_on_sixty_seats(house: House) -> None:
    seminar = await house.seminar(capacity=60)
    workshop = await house.workshop(seminar, capacity=20)
    people = [new_id() for _ in range(200)]
    made = await asyncio.gather(*(house.register(seminar, one, workshop) for one in people))

    assert Counter(one["status"] for one in made) == {"confirmed": 60, "waitlisted": 140}
    assert sorted(one["waitlist_position"] for one in made if one["status"] == "waitlisted") == [
        *range(1, 141)
    ]
    listed = await every_registration(house, seminar)
    assert {one["coordinator_id"] for one in listed} == {str(one) for one in people}
    assert [one["status"] for one in listed] == ["confirmed"] * 60 + ["waitlisted"] * 140
    assert [one["waitlist_position"] for one in listed[60:]] == [*range(1, 141)]
    codes = {one["ticket_code"] for one in listed[:60]}
    assert len(codes - {None}) == 60

    now = await house.get(f"/seminars/{seminar['id']}")
    assert (now["confirmed"], now["offered"], now["waitlisted"], now["seats_left"]) == (60, 0, 140, 0)
    (inside,) = now["workshops"]
    assert (inside["confirmed"], inside["waitlisted"], inside["seats_left"]) == (20, 40, 0)
    told = await house.told("registration.waitlisted")
    assert [one["position"] for one in told] == [*range(1, 141)]


async def test_everyone_answers_at_once_for_the_seats_that_come_free(house: House) -> None:
    seminar = await house.seminar(capacity=5)
    made = [await house.register(seminar) for _ in range(15)]
    await asyncio.gather(*(house.act(one, "cancel") for one in made[:5]))
    answers = await asyncio.gather(*(post(house, one, "accept") for one in made[5:]))
    # The five next in order hold an offer; the rest have none to accept.
    assert answers == [200] * 5 + [409] * 5
    now = await house.get(f"/seminars/{seminar['id']}")
    assert (now["confirmed"], now["offered"], now["waitlisted"]) == (5, 0, 5)


async def test_the_same_person_at_once_from_several_windows(house: House, anyone: UUID) -> None:
    seminar = await house.seminar(capacity=60)
    path = f"/seminars/{seminar['id']}/registrations"
    tries = [house.client.post(path, json={}, headers=house.as_(anyone)) for _ in range(10)]
    statuses = [one.status_code for one in await asyncio.gather(*tries)]
    assert sorted(statuses) == [201] + [409] * 9


async def post(house: House, registration: dict[str, Any], action: str) -> int:
    owner = house.as_(UUID(registration["coordinator_id"]))
    response = await house.client.post(f"/registrations/{registration['id']}/{action}", headers=owner)
    return int(response.status_code)


async def every_registration(house: House, seminar: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    path = f"/seminars/{seminar['id']}/registrations?limit=150"
    page = await house.get(path, house.animator)
    items += page["items"]
    while page["next"]:
        page = await house.get(f"{path}&cursor={page['next']}", house.animator)
        items += page["items"]
    return items
