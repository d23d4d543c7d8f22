"""CPTS over HTTP: lists, searches and the map, which show the same."""

from typing import Any

from .conftest import World
from .entered import enter, slugs


async def test_search_and_filters_combine(world: World) -> None:
    await enter(
        world, "gapencais", "coeur-du-var", "golfe", "nice-centre-nice-est", "actes-sante", "toulon-littoral"
    )
    everything = await slugs(world)
    assert everything == sorted(everything)
    assert await slugs(world, q="COEUR du var") == ["coeur-du-var"]
    assert await slugs(world, q="gapencais") == ["gapencais"]
    assert await slugs(world, q="st tropez") == ["golfe"]
    assert await slugs(world, q="golf") == ["golfe"]
    assert await slugs(world, q="marseille 15e") == ["actes-sante"]
    assert await slugs(world, q="06088") == ["nice-centre-nice-est"]
    assert await slugs(world, q="13055") == ["actes-sante"]
    assert await slugs(world, q="100%_") == []
    assert await slugs(world, department="83") == ["coeur-du-var", "golfe", "toulon-littoral"]
    assert await slugs(world, department="04") == ["gapencais"]
    assert "nice-centre-nice-est" in await slugs(world, q="précarité")
    assert await slugs(world, challenge="precarite-inegalites", department="83") == ["toulon-littoral"]
    assert await slugs(world, territory_type="littoral", department="83") == ["golfe", "toulon-littoral"]
    assert await slugs(world, near="83137", radius_km=5) == ["toulon-littoral"]
    assert "coeur-du-var" in await slugs(world, near="43.35,6.25", radius_km=20)
    assert await slugs(world, near="05061", radius_km=1000) == everything


async def test_vacancy_follows_the_coordinators_post(world: World) -> None:
    made, other = await world.cpts(), await world.cpts()
    await world.start(made["id"], title="deputy")
    assert len(await slugs(world, vacant="true")) == 2
    post = await world.start(made["id"])
    assert await slugs(world, vacant="true") == [other["slug"]]
    assert await slugs(world, vacant="false") == [made["slug"]]
    world.harness.clock.advance(days=40)
    ended = await world.client.post(f"/positions/{post['id']}/end", json={}, headers=world.animator)
    assert ended.status_code == 200
    now = await world.get(f"/cpts/{made['id']}")
    assert (now["vacant"], now["vacant_since"]) == (True, ended.json()["ended_on"])
    assert [one["title"] for one in now["holders"]] == ["deputy"]


async def test_a_place_nobody_knows_is_said_so(world: World) -> None:
    for near in ("Narnia", "91,4", "75056"):
        answer = await world.client.get("/cpts", params={"near": near})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown-place")


async def test_an_unknown_parameter_is_refused(world: World) -> None:
    answer = await world.client.get("/cpts", params={"departement": "83"})
    assert answer.status_code == 400


async def test_pages_neither_repeat_nor_forget(world: World) -> None:
    for number in range(7):
        await world.cpts(name=f"CPTS numéro {number}")
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 3}
    while True:
        page = await world.get("/cpts", **params)
        seen += [one["slug"] for one in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert seen == sorted(seen)
    assert len(set(seen)) == 7


async def test_the_map_shows_what_the_list_shows(world: World) -> None:
    entered = await enter(
        world, "nice-centre-nice-est", "nice-nord-collines", "nice-ouest-vallee", "toulon-littoral"
    )
    await world.start(entered["toulon-littoral"]["id"])
    answer = await world.client.get("/map.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    features = {one["properties"]["slug"]: one for one in answer.json()["features"]}
    assert set(features) == set(entered)
    points = {tuple(one["geometry"]["coordinates"]) for one in features.values()}
    assert len(points) == 4
    assert features["toulon-littoral"]["properties"]["vacant"] is False
    held = [one for one in features.values() if not one["properties"]["vacant"]]
    narrowed = (await world.get("/map.geojson", vacant="false"))["features"]
    assert narrowed == held
    same = await world.client.get("/map.geojson", headers={"If-None-Match": answer.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    one = (await world.get("/map.geojson", q="nice nord"))["features"]
    assert one[0]["geometry"] == features["nice-nord-collines"]["geometry"]


async def test_a_map_is_the_same_until_something_on_it_changes(world: World) -> None:
    entered = await enter(world, "nice-nord-collines", "toulon-littoral")

    async def known(tag: str, **wanted: str) -> bool:
        asked = {"headers": {"If-None-Match": tag}, "params": wanted}
        answers = [await world.client.get("/map.geojson", **asked) for _ in range(2)]
        return {one.status_code for one in answers} == {304}

    first = await world.client.get("/map.geojson")
    assert await known(first.headers["ETag"])
    assert not await known(first.headers["ETag"], vacant="false")
    await world.start(entered["toulon-littoral"]["id"])
    assert not await known(first.headers["ETag"])
    second = (await world.client.get("/map.geojson")).headers["ETag"]
    assert await known(second)
    hers = world.harness.tokens.coordinator() | {"If-None-Match": second}
    member = await world.client.get("/map.geojson", headers=hers)
    assert member.status_code == 200  # she sees the holder's name, and no visitor does


async def test_coordinators_in_short_say_what_their_list_says(world: World) -> None:
    entered = await enter(world, "nice-nord-collines", "toulon-littoral")
    for each in entered.values():
        await world.start(each["id"])
    hers = world.harness.tokens.coordinator()
    everyone = (await world.get("/coordinators", hers))["items"]
    short = await world.get("/coordinators/summary", hers)
    assert short["total"] == len(everyone) == 2
    assert short["cpts_ids"] == sorted(each["id"] for each in entered.values())
    assert short["challenges"] == {}
    assert (await world.get("/coordinators/summary", hers, department="83"))["total"] == 1
    assert (await world.get("/coordinators/summary"))["total"] == 0  # nobody is open to a visitor
