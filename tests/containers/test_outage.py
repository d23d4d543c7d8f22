"""Without the bus the house goes on answering, and what happened meanwhile is followed up when it is back."""

from __future__ import annotations

import httpx

from tests.containers.composition import Composition
from tests.journeys.house import eventually
from tests.journeys.test_arrival import today


def test_requests_are_answered_while_the_bus_is_away(composition: Composition) -> None:
    house = composition.house
    person = house.person("Iseult", "Panne")
    me = house.as_person(person["id"])
    cpts = house.found_cpts("CPTS Panne", communes=[{"insee": "04070"}])
    composition.run("stop", "nats")
    try:
        ready = f"{composition.url}/api/directory/v1/readyz"
        eventually(
            lambda: httpx.get(ready, timeout=60).json()["status"] == "degraded", "directory is degraded"
        )
        assert httpx.get(ready, timeout=60).status_code == 200
        house.takes_post(person, cpts, today())
    finally:
        composition.run("start", "nats")
    assert eventually(lambda: house.inbox(me, "welcome"), "her welcome, once the bus is back", patience=120)
    eventually(lambda: httpx.get(ready, timeout=60).json()["status"] == "ok", "directory is well again")
