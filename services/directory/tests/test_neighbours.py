"""People of other regions: kept as their region tells, shown as far as they share, gone when it says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from maillage.events import Permanent
from maillage.ids import new_id
from maillage_directory.app import service
from maillage_directory.erasing import erase_neighbours_pass, purge_pass

from .conftest import World

AWAY = "fr-occ"


@pytest_asyncio.fixture
async def linked(service_app: Any) -> AsyncIterator[World]:
    """The directory of a region that is linked to Occitanie and Corsica."""
    async with service_app(service, peer_regions=["fr-occ", "fr-cor"]) as harness:
        yield World(harness)


def card(**fields: Any) -> dict[str, Any]:
    """A card as another region's own code may write it: without `reach`, with a field of its own."""
    post = {
        "cpts_id": str(new_id()),
        "cpts_name": "CPTS du Tarn",
        "title": "coordinator",
        "started_on": "2025-09-01",
        "commune": {"insee": "81004", "name": "Albi"},
        "department": "81",
        "lat": 43.93,
        "lon": 2.15,
    }
    return {
        "coordinator_id": str(new_id()),
        "first_name": "Garance",
        "last_name": "Delmas",
        "status": "active",
        "challenges": [{"challenge": "addictions", "stance": "can_help", "since_year": 2024}],
        "skills": [{"skill": "rgpd", "level": 4, "stance": "offers"}],
        "posts": [post],
        "shared_fields": ["name", "challenges", "skills"],
        "favourite_colour": "ocre",
        **fields,
    }


async def presented(
    world: World, number: int | None = 1, region: str = AWAY, **fields: Any
) -> dict[str, Any]:
    body = card(**fields)
    await world.harness.deliver("directory.coordinator.presented.v1", body, region=region, sequence=number)
    return body


async def says(world: World, event: str, person: str, number: int | None = None, **more: Any) -> None:
    region = more.pop("region", AWAY)
    await world.harness.deliver(event, {"coordinator_id": person, **more}, region=region, sequence=number)


async def seen(world: World, headers: dict[str, str] | None = None, **filters: Any) -> list[str]:
    return [one["id"] for one in (await world.get("/neighbours", headers, **filters))["items"]]


def colleague(world: World) -> dict[str, str]:
    return world.harness.tokens.coordinator()


async def test_a_card_is_found_by_each_of_its_words(linked: World) -> None:
    body = await presented(linked)
    person, headers = body["coordinator_id"], colleague(linked)
    shown = await linked.get(f"/neighbours/{person}", headers)
    assert (shown["region"], shown["last_name"]) == (AWAY, "Delmas")
    assert shown["posts"][0]["commune"]["name"] == "Albi"
    for filters in (
        {"q": "delmas"},
        {"q": "albi"},
        {"q": "addic"},
        {"challenge": "addictions"},
        {"skill": "rgpd"},
        {"region": AWAY},
    ):
        assert await seen(linked, headers, **filters) == [person], filters
    for filters in ({"q": "marseille"}, {"challenge": "handicap"}, {"skill": "budget"}, {"region": "fr-cor"}):
        assert await seen(linked, headers, **filters) == [], filters
    assert (await linked.client.get("/neighbours", params={"colour": "ocre"})).status_code == 400


async def test_the_list_is_alphabetical_and_paged_and_no_one_of_ours_is_in_it(linked: World) -> None:
    for name in ("Zola", "Arnaud", None, "Mercier"):
        shared = ["name", "challenges"] if name else ["challenges"]
        await presented(linked, last_name=name, shared_fields=shared)
    await linked.person(reach={"name": "public"})
    first = await linked.get("/neighbours", colleague(linked), limit=2)
    rest = await linked.get("/neighbours", colleague(linked), limit=2, cursor=first["next"])
    names = [one["last_name"] for one in first["items"] + rest["items"]]
    assert names == ["Arnaud", "Mercier", "Zola", None]
    assert rest["next"] is None
    regions = await linked.get("/regions", colleague(linked))
    assert regions["items"] == [
        {"region": "fr-cor", "coordinators": 0},
        {"region": "fr-occ", "coordinators": 4},
    ]


async def test_a_visitor_without_account_sees_what_is_public_alone(linked: World) -> None:
    quiet = await presented(linked)
    loud = await presented(linked, reach={"challenges": "public"})
    assert await seen(linked) == [loud["coordinator_id"]]
    (shown,) = (await linked.get("/neighbours"))["items"]
    assert (shown["last_name"], shown["skills"], shown["shared_fields"]) == (None, [], ["challenges"])
    assert await seen(linked, q="delmas") == []
    assert await seen(linked, skill="rgpd") == []
    answer = await linked.client.get(f"/neighbours/{quiet['coordinator_id']}")
    assert answer.status_code == 404
    features = (await linked.get("/neighbours.geojson"))["features"]
    assert [one["id"] for one in features] == [loud["coordinator_id"]]
    assert "Delmas" not in str(features)


async def test_the_map_places_people_and_leaves_nobody_on_top_of_another(linked: World) -> None:
    await presented(linked)
    await presented(linked)
    await presented(linked, posts=[])
    features = (await linked.get("/neighbours.geojson", colleague(linked)))["features"]
    spots = {tuple(one["geometry"]["coordinates"]) for one in features}
    assert (len(features), len(spots)) == (2, 2)
    assert {one["properties"]["region"] for one in features} == {AWAY}
    assert len(await seen(linked, colleague(linked))) == 3


async def test_groups_count_them_apart(linked: World) -> None:
    await presented(linked)
    await linked.person(challenges=[{"challenge": "addictions"}])
    for headers, expected in ((colleague(linked), (1, 1)), ({}, (0, 0))):
        groups = {one["challenge"]: one for one in (await linked.get("/groups", headers))["items"]}
        addictions = groups["addictions"]
        assert (addictions["coordinators"], addictions["neighbours"]) == expected
        group = await linked.get("/groups/addictions", headers)
        assert [len(group["coordinators"]), len(group["neighbours"])] == list(expected)


@pytest.mark.parametrize("numbered", [True, False])
async def test_late_cards_change_nothing(linked: World, numbered: bool) -> None:
    person = str(new_id())
    start = linked.harness.clock.now()
    numbers = [3, 2, 4, 5] if numbered else [None] * 4
    steps = [("Nouveau", 3), ("Ancien", 2), (None, 5), ("Tardif", 4)]
    for (name, minutes), number in zip(steps, numbers, strict=True):
        number = minutes if numbered else number
        time = start.replace(microsecond=minutes)
        kind = "presented" if name else "withdrawn"
        body = card(coordinator_id=person, last_name=name) if name else {"coordinator_id": person}
        await linked.harness.deliver(
            f"directory.coordinator.{kind}.v1", body, region=AWAY, sequence=number, time=time
        )
        if name == "Ancien":
            assert (await linked.get(f"/neighbours/{person}", colleague(linked)))["last_name"] == "Nouveau"
    assert await seen(linked, colleague(linked)) == []


async def test_fields_not_said_to_be_shared_are_not_kept(linked: World) -> None:
    await presented(linked, shared_fields=["challenges"])
    (shown,) = (await linked.get("/neighbours", colleague(linked)))["items"]
    assert (shown["first_name"], shown["last_name"], shown["skills"]) == (None, None, [])
    async with linked.harness.db.read() as session:
        from maillage_directory.model import Neighbour
        from sqlalchemy import select

        row = (await session.scalars(select(Neighbour))).one()
    assert "Delmas" not in str(vars(row))


async def test_a_region_speaks_for_its_own_people_only(linked: World) -> None:
    ours, theirs = await linked.person(), await presented(linked)
    for person in (ours["id"], theirs["coordinator_id"]):
        for event, more in (
            ("directory.coordinator.presented.v1", card(coordinator_id=person)),
            ("directory.coordinator.withdrawn.v1", {}),
            ("directory.coordinator.erased.v1", {"erasure_id": str(new_id())}),
        ):
            with pytest.raises(Permanent):
                await linked.harness.deliver(
                    event, {"coordinator_id": person, **more}, region="fr-cor", sequence=9
                )
    assert await seen(linked, colleague(linked)) == [theirs["coordinator_id"]]
    assert (await linked.get(f"/coordinators/{ours['id']}", colleague(linked)))["status"] == "active"


async def test_erased_over_there_is_erased_and_confirmed_here_also_when_unheard_of(linked: World) -> None:
    known, unheard = await presented(linked), str(new_id())
    erasures = {known["coordinator_id"]: new_id(), unheard: new_id()}
    for person, erasure in erasures.items():
        await says(linked, "directory.coordinator.erased.v1", person, erasure_id=str(erasure))
        await says(linked, "directory.coordinator.erased.v1", person, erasure_id=str(erasure))
    assert await erase_neighbours_pass(linked.harness.app.state.service) == 2
    assert await erase_neighbours_pass(linked.harness.app.state.service) == 0
    confirmed = await linked.harness.recorded("directory.erasure.confirmed.v1")
    assert {(one.data["coordinator_id"], UUID(one.data["erasure_id"])) for one in confirmed} == set(
        erasures.items()
    )
    await presented(linked, 99, coordinator_id=known["coordinator_id"])
    assert await seen(linked, colleague(linked)) == []
    changes = await linked.get("/neighbours", colleague(linked), updated_since="2020-01-01T00:00:00Z")
    assert [(one["status"], one["last_name"]) for one in changes["items"]] == [("erased", None)] * 2


async def test_the_list_of_changes_says_nothing_of_who_shares_nothing_any_more(linked: World) -> None:
    """Her region may say so by a card with nothing shared, as well as by taking it back."""
    person = (await presented(linked, 1))["coordinator_id"]
    await presented(linked, 2, coordinator_id=person, shared_fields=[])
    for reader in (None, colleague(linked), linked.animator):
        (told,) = (await linked.get("/neighbours", reader, updated_since="2020-01-01T00:00:00Z"))["items"]
        said = {name for name, value in told.items() if value}
        assert said == {"id", "region", "status", "updated_at"}
        assert told["status"] == "withdrawn"


async def erase(world: World) -> str:
    person = await world.person(reach={"name": "national"})
    path = f"/coordinators/{person['id']}"
    headers = {**world.animator, "If-Match": (await world.client.get(path)).headers["etag"]}
    receipt = (await world.client.delete(path, headers=headers)).json()
    for name in ("events", "mentoring", "notifications"):
        await world.harness.deliver(f"{name}.erasure.confirmed.v1", confirmation(receipt))
    world.harness.clock.advance(minutes=1)
    await purge_pass(world.harness.app.state.service)
    return str(receipt["id"])


def confirmation(receipt: dict[str, Any]) -> dict[str, Any]:
    return {
        "coordinator_id": receipt["coordinator_id"],
        "erasure_id": receipt["id"],
        "erased_at": "2026-11-28T10:00:00Z",
        "counts": {"cards": 1},
    }


async def test_a_receipt_waits_for_each_region_and_says_who_has_confirmed(linked: World) -> None:
    await presented(linked)  # Occitanie has a directory, Corsica none that we know of
    erasure = await erase(linked)
    receipt = await linked.get(f"/erasures/{erasure}")
    assert (receipt["status"], receipt["waiting_for"]) == ("pending", [])
    assert receipt["waiting_for_regions"] == ["fr-occ", "fr-cor"]
    steps = [("fr-occ", "events", ["fr-occ", "fr-cor"]), ("fr-cor", "events", ["fr-occ"])]
    steps += [("fr-occ", "directory", []), ("fr-occ", "directory", [])]
    for region, name, waiting in steps:
        event = f"{name}.erasure.confirmed.v1"
        await linked.harness.deliver(event, confirmation(receipt), region=region)
        now = await linked.get(f"/erasures/{erasure}")
        assert now["waiting_for_regions"] == waiting
    assert now["status"] == "complete"
    told = {(region, name) for region, name, _ in steps}
    assert [(one["region"], one["service"]) for one in now["abroad"]] == sorted(told)
    assert len({one["service"] for one in now["confirmations"]}) == 4


async def test_a_region_that_does_not_answer_is_reminded(linked: World) -> None:
    await erase(linked)
    linked.harness.clock.advance(days=8)
    await linked.harness.fire_timers()
    assert len(await linked.harness.recorded("directory.coordinator.erased.v1")) == 2
