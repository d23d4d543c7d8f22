"""The first lines of a list and what stands around them: as its parts say, kept while it is the same."""

from typing import Any

import pytest

from .conftest import World

MET = "saisonnalite-touristique"
PATH = "/coordinators/overview"


async def _in_post(world: World, stance: str, **fields: Any) -> str:
    place = await world.cpts()
    person = world.profile(challenges=[{"challenge": MET, "stance": stance}], **fields)
    return str((await world.start(place["id"], coordinator=person))["coordinator_id"])


async def test_it_says_what_the_list_and_its_parts_say(world: World) -> None:
    people = [await _in_post(world, "solved", last_name=name) for name in ("Zola", "Aubin")]
    hers = world.signed(people[0])
    seen = await world.get(PATH, hers)
    listed = (await world.get("/coordinators", hers))["items"]
    short = await world.get("/coordinators/summary", hers)
    assert [one["id"] for one in seen["items"]] == [one["id"] for one in listed] == people[::-1]
    for line, whole in zip(seen["items"], listed, strict=True):
        assert line["cpts_ids"] == [post["cpts_id"] for post in whole["positions"]]
        same = ("id", "first_name", "last_name", "challenges", "skills")
        assert {name: line[name] for name in same} == {name: whole[name] for name in same}
    assert {name: seen[name] for name in short} == short
    assert seen["regions"] == [one["region"] for one in (await world.get("/regions", hers))["items"]]


async def test_who_can_help_with_a_challenge_comes_first_and_all_challenges_are_counted(world: World) -> None:
    works = await _in_post(world, "working", last_name="Aubin")
    solved = await _in_post(world, "solved", last_name="Brun")
    helps = await _in_post(world, "can_help", last_name="Zola")
    other = [{"challenge": "addictions", "stance": "solved"}]
    place = await world.cpts()
    await world.start(place["id"], coordinator=world.profile(challenges=other))
    seen = await world.get(PATH, world.signed(works), challenge=MET, limit=2)
    assert [one["id"] for one in seen["items"]] == [helps, solved]
    assert seen["total"] == 3
    assert seen["challenges"] == {MET: 3, other[0]["challenge"]: 1}
    bare = await world.get(PATH, world.signed(works), challenge=MET, limit=0)
    assert (bare["items"], bare["total"]) == ([], 3)


@pytest.mark.parametrize("field", ["name", "challenges", "skills"])
async def test_what_is_kept_for_one_is_not_shown_to_another(world: World, field: str) -> None:
    hidden = await _in_post(
        world,
        "solved",
        last_name="Aubin",
        skills=[{"skill": "negociation", "stance": "offers", "level": 3}],
        reach={field: "collective" if field == "name" else "self"},
    )
    colleague = await _in_post(world, "solved", last_name="Brun")
    told = {"name": "last_name"}.get(field, field)
    viewers = {"animator": world.animator, "herself": world.signed(hidden), "other": world.signed(colleague)}
    viewers["elsewhere"] = world.harness.tokens.coordinator(region="fr-occ")
    for _ in range(2):  # what was made for one is kept when the next one asks
        shown = {}
        for who, headers in viewers.items():
            lines = {one["id"]: one for one in (await world.get(PATH, headers))["items"]}
            shown[who] = bool(lines.get(hidden, {}).get(told))
            assert "reach" not in lines.get(hidden, {})
        assert shown == {"animator": True, "herself": True, "other": field == "name", "elsewhere": False}
        assert (await world.get(PATH))["items"] == []


async def test_it_is_told_to_be_the_same_until_something_on_it_changes(world: World) -> None:
    anais = await _in_post(world, "solved")
    hers = world.signed(anais)

    async def ask(tag: str = "") -> Any:
        return await world.client.get(PATH, headers={**hers, "If-None-Match": tag})

    first = await ask()
    again = await ask(first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    colleague = world.harness.tokens.coordinator()  # she stands in the same circle, and is no line of it
    theirs = await world.client.get(PATH, headers={**colleague, "If-None-Match": first.headers["ETag"]})
    assert theirs.status_code == 304
    drawn = (await world.client.get("/map.geojson", headers=hers)).headers["ETag"]
    with_map = await ask(first.headers["ETag"])
    assert (first.json()["map_tag"], with_map.json()["map_tag"]) == (None, drawn)
    now = await world.client.get(f"/coordinators/{anais}", headers=hers)
    sent = {**hers, "If-Match": now.headers["ETag"]}
    changed = await world.client.patch(f"/coordinators/{anais}", json={"first_name": "Zoé"}, headers=sent)
    assert changed.status_code == 200
    fresh = await ask(with_map.headers["ETag"])
    assert (fresh.json()["items"][0]["first_name"], fresh.json()["map_tag"]) == ("Zoé", None)
