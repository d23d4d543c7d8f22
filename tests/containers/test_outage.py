"""Without the bus the house goes on answering, and what happened meanwhile is followed up when it is back."""

from __future__ import annotations

import httpx

from tests.containers.composition import Composition, docker
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
            lambda: httpx.get(ready, timeout=30).json()["status"] == "degraded", "directory is degraded"
        )
        assert httpx.get(ready, timeout=30).status_code == 200
        house.takes_post(person, cpts, today())
    finally:
        composition.run("start", "nats")
    assert eventually(lambda: house.inbox(me, "welcome"), "her welcome, once the bus is back", patience=60)
    eventually(lambda: httpx.get(ready, timeout=30).json()["status"] == "ok", "directory is well again")


def test_a_service_whose_cable_was_pulled_goes_on(composition: Composition) -> None:
    """Its connections end without a word, and its address is another when it is back: relay and all go on."""
    house = composition.house
    person = house.person("Nolwenn", "Coupure")
    me, cpts = house.as_person(person["id"]), house.found_cpts("CPTS Coupure", communes=[{"insee": "04070"}])
    (container,) = composition.containers("directory")
    network, ready = f"{composition.project}_back", f"{composition.url}/api/directory/v1/readyz"
    docker("network", "disconnect", network, container)
    try:
        eventually(lambda: not leads(composition), "PostgreSQL has let its lock go", patience=60)
    finally:
        docker("network", "connect", "--alias", "directory", network, container)
    eventually(lambda: leads(composition), "directory leads again", patience=90)
    eventually(
        lambda: httpx.get(ready, timeout=30).status_code == 200, "directory is well again", patience=60
    )
    house.takes_post(person, cpts, today())
    assert eventually(lambda: house.inbox(me, "welcome"), "her welcome", patience=60)


def leads(composition: Composition) -> bool:
    """Whether PostgreSQL sees somebody hold the directory's leadership."""
    query = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND granted AND datname = 'directory'"
    )
    asked = ("exec", "-T", "postgres", "psql", "-U", "postgres", "-tA", "-c", query)
    return composition.run(*asked).stdout.strip() != "0"
