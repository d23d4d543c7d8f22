"""Profiles over HTTP: joining, changing, confirming, finding, peers and groups."""

import asyncio
from typing import Any

from maillage.ids import new_id
from maillage_directory.reference import cpts_payloads

from .conftest import World

REFERENCE = {body["slug"]: body for body in cpts_payloads()}


async def names(world: World, headers: dict[str, str] | None = None, **params: Any) -> list[str]:
    page = await world.get("/coordinators", headers or world.animator, limit=200, **params)
    return [one["first_name"] for one in page["items"]]


async def change(world: World, person: dict[str, Any], headers: dict[str, str], **body: Any) -> Any:
    path = f"/coordinators/{person['id']}"
    tag = (await world.client.get(path, headers=headers)).headers["ETag"]
    return await world.client.patch(path, json=body, headers={**headers, "If-Match": tag})


async def test_a_profile_is_made_changed_and_confirmed(world: World) -> None:
    person = await world.person(
        bio="Infirmière de formation.",
        challenges=[{"challenge": "sante-mentale", "stance": "solved", "since_year": 2021}],
        skills=[{"skill": "negociation", "level": 3, "stance": "offers"}],
    )
    assert person["version"] == 1
    own = world.signed(person["id"])
    changed = await change(
        world,
        person,
        own,
        last_name="Roux-Martin",
        phone="+33 6 01 02 03 04",
        challenges=[{"challenge": "addictions"}, {"challenge": "sante-mentale", "stance": "can_help"}],
        reach={"phone": "collective"},
    )
    assert changed.status_code == 200, changed.text
    seen = changed.json()
    assert [one["challenge"] for one in seen["challenges"]] == ["addictions", "sante-mentale"]
    assert (seen["last_name"], seen["phone"], seen["bio"]) == (
        "Roux-Martin",
        "+33 6 01 02 03 04",
        person["bio"],
    )
    confirmed = await world.client.post(f"/coordinators/{person['id']}/confirm", headers=own)
    assert confirmed.json()["confirmed_on"] == world.harness.clock.now().date().isoformat()
    *_, updated = await world.harness.recorded("directory.coordinator.updated.v1")
    assert updated.data["last_name"] == "Roux-Martin"
    assert updated.sequence == confirmed.json()["version"]
    *_, contact = await world.harness.recorded("directory.contact.changed.v1")
    assert contact.data["phone"] == "+33 6 01 02 03 04"


async def test_a_challenge_or_skill_may_be_named_by_its_slug_alone(world: World) -> None:
    person = await world.person(challenges=["addictions", {"challenge": "sante-mentale", "stance": "solved"}])
    assert [(one["challenge"], one["stance"]) for one in person["challenges"]] == [
        ("addictions", "working"),
        ("sante-mentale", "solved"),
    ]
    changed = await change(world, person, world.signed(person["id"]), skills=["negociation"])
    assert changed.json()["skills"] == [{"skill": "negociation", "level": 2, "stance": "offers"}]
    refused = await change(world, person, world.signed(person["id"]), challenges=["Pas un slug"])
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/challenges/0/challenge"]


async def test_an_address_belongs_to_one_person(world: World) -> None:
    first, second = await world.person(email="a@exemple.fr"), await world.person(email="b@exemple.fr")
    again = await world.client.post(
        "/coordinators", json=world.profile(email="A@EXEMPLE.FR"), headers=world.animator
    )
    assert (again.status_code, again.json()["code"]) == (409, "email-taken")
    taken = await change(world, second, world.animator, email="a@exemple.fr")
    assert taken.json()["code"] == "email-taken"
    assert (await change(world, first, world.signed(first["id"]), email="A@exemple.fr")).status_code == 200


IMPOSSIBLE: list[dict[str, Any]] = [
    {"email": "pas une adresse"},
    {"email": "a@exemple.fr\nBcc: b@exemple.fr"},
    {"first_name": "Camille\r\nBcc: x@exemple.fr"},
    {"first_name": " "},
    {"phone": "appelez-moi"},
    {"skills": [{"skill": "negociation", "level": 5}]},
    {"challenges": [{"challenge": "inconnu"}]},
    {"reach": {"name": "self"}},
    {"reach": {"iban": "public"}},
    {"reach": {"email": "galaxy"}},
    {"language": "deutsch"},
]


async def test_what_cannot_be_is_refused_without_repeating_it(world: World) -> None:
    for fields in IMPOSSIBLE:
        body = world.profile(**fields)
        answer = await world.client.post("/coordinators", json=body, headers=world.animator)
        assert answer.status_code == 422, fields
        assert answer.json()["errors"], fields
        for value in fields.values():
            assert not isinstance(value, str) or not value.strip() or value not in answer.text
    assert await world.harness.recorded() == []


async def test_of_two_who_take_an_address_at_once_one_gets_it(world: World) -> None:
    bodies = [world.profile(email="une.seule@exemple.fr") for _ in range(5)]
    posts = [world.client.post("/coordinators", json=body, headers=world.animator) for body in bodies]
    assert sorted(one.status_code for one in await asyncio.gather(*posts)) == [201, 409, 409, 409, 409]
    same = {"name": "CPTS jumelle", "communes": [{"insee": "04112"}]}
    entered = [world.client.post("/cpts", json=same, headers=world.animator) for _ in range(4)]
    assert sorted(one.status_code for one in await asyncio.gather(*entered)) == [201, 409, 409, 409]


async def test_roles_are_given_by_those_who_may(world: World) -> None:
    person = await world.person()
    own = world.signed(person["id"])
    assert (await change(world, person, own, roles=["animator"])).status_code == 403
    assert (await change(world, person, world.animator, roles=["admin"])).status_code == 403
    made = await change(world, person, world.animator, roles=["animator"])
    assert made.json()["roles"] == ["animator", "coordinator"]
    admin = await change(world, person, world.admin, roles=["admin"])
    assert admin.json()["roles"] == ["admin", "coordinator"]
    assert (await change(world, person, world.animator, roles=["animator"])).status_code == 403
    world.harness.clock.advance(seconds=10)
    renewed = world.signed(person["id"])
    assert (await change(world, person, renewed, roles=["coordinator"])).status_code == 403


async def test_nobody_changes_anybody_elses_profile(world: World) -> None:
    person, other = await world.person(), world.signed(str(new_id()))
    headers = {**other, "If-Match": '"1"'}
    path = f"/coordinators/{person['id']}"
    assert (await world.client.patch(path, json={"bio": "!"}, headers=headers)).status_code == 403
    assert (await world.client.delete(path, headers=headers)).status_code == 403
    assert (await world.client.post(f"{path}/confirm", headers=other)).status_code == 403
    assert (await world.client.get(f"{path}/peers", headers=other)).status_code == 403
    assert (await world.client.post("/coordinators", json={}, headers=other)).status_code == 403


async def test_filters_combine_over_people_and_where_they_work(world: World) -> None:
    places = {slug: await world.cpts(**REFERENCE[slug]) for slug in ("gapencais", "golfe", "toulon-littoral")}
    met, helps = "sante-mentale", {"skill": "negociation", "stance": "offers"}
    people = {
        "gapencais": world.profile(first_name="Anaïs", challenges=[{"challenge": met, "stance": "solved"}]),
        "golfe": world.profile(first_name="Benoît", challenges=[{"challenge": met}], skills=[helps]),
        "toulon-littoral": world.profile(first_name="Chloé", skills=[{**helps, "stance": "seeks"}]),
    }
    for slug, profile in people.items():
        body = {"coordinator": profile}
        await world.client.post(f"/cpts/{places[slug]['id']}/positions", json=body, headers=world.animator)
    assert await names(world) == ["Anaïs", "Benoît", "Chloé"]
    assert await names(world, q="anais") == ["Anaïs"]
    assert await names(world, q="st tropez") == ["Benoît"]
    assert await names(world, q="santé mentale") == ["Anaïs", "Benoît"]
    assert await names(world, q="négociation") == ["Benoît", "Chloé"]
    assert await names(world, challenge=met) == ["Anaïs", "Benoît"]
    assert await names(world, challenge=met, stance="solved") == ["Anaïs"]
    assert await names(world, skill="negociation", stance="seeks") == ["Chloé"]
    assert await names(world, stance="offers") == ["Benoît"]
    assert await names(world, department="83") == ["Benoît", "Chloé"]
    assert await names(world, department="83", challenge=met) == ["Benoît"]
    assert await names(world, territory_type="montagne") == ["Anaïs"]
    assert await names(world, near="83137", radius_km=10) == ["Chloé"]
    assert await names(world, status="left") == []


async def test_peers_have_reasons_and_groups_the_same_people(world: World) -> None:
    met = [{"challenge": "saisonnalite-touristique"}]
    solved = [{"challenge": "saisonnalite-touristique", "stance": "solved"}]
    posts = {}
    for slug, challenges in (("golfe", met), ("hyeres-iles-d-or", solved), ("gapencais", [])):
        place = await world.cpts(**REFERENCE[slug])
        profile = world.profile(first_name=slug, challenges=challenges)
        posts[slug] = await world.client.post(
            f"/cpts/{place['id']}/positions", json={"coordinator": profile}, headers=world.animator
        )
    own = posts["golfe"].json()["coordinator_id"]
    headers = {**world.signed(own), "Accept-Language": "en"}
    peers = (await world.get(f"/coordinators/{own}/peers", headers))["items"]
    assert peers[0]["coordinator"]["first_name"] == "hyeres-iles-d-or"
    assert peers[0]["reasons"][0]["text"] == ("Has already made headway on: Seasonal tourist pressure")
    for peer in peers:
        assert peer["reasons"]
        weights = [one["weight"] for one in (*peer["reasons"], *peer["against"])]
        assert peer["score"] == round(sum(weights), 2)
    group = await world.get("/groups/saisonnalite-touristique", headers)
    assert [one["first_name"] for one in group["coordinators"]] == ["hyeres-iles-d-or", "golfe"]
    counts = {one["challenge"]: one["coordinators"] for one in (await world.get("/groups", headers))["items"]}
    assert counts["saisonnalite-touristique"] == 2
    assert (await world.client.get("/groups/inconnu")).status_code == 404


async def test_me_is_a_person_or_an_operator(world: World) -> None:
    assert (await world.client.get("/me")).status_code == 401
    operator = await world.get("/me", world.admin)
    assert (operator["coordinator"], operator["roles"]) == (None, ["admin"])
