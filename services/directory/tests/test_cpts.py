"""CPTS over HTTP: entering, changing, closing."""

from typing import Any

from maillage.ids import new_id
from maillage_directory.reference import communes

from .conftest import World
from .entered import enter, slugs


async def test_a_cpts_of_the_extract_comes_back_as_it_was_entered(world: World) -> None:
    entered = (await enter(world, "drome-provencale-enclave-papes"))["drome-provencale-enclave-papes"]
    assert entered["departments"] == ["84", "26"]
    assert entered["principal_department"] == "84"
    assert entered["main_commune"] == {"insee": "84138", "name": "Valréas"}
    assert entered["vacant"] is True
    assert entered["vacant_since"] is None
    assert await world.get(f"/cpts/{entered['id']}") == entered
    (created,) = await world.harness.recorded("directory.cpts.created.v1")
    assert created.data["departments"] == ["84", "26"]
    assert created.sequence == 1


async def test_what_is_not_given_follows_from_the_communes(world: World) -> None:
    made = await world.cpts(communes=[{"insee": "83137"}, {"insee": "83126"}, {"insee": "13117"}])
    assert made["main_commune"]["name"] == "Toulon"
    assert made["departments"] == ["83", "13"]
    people = [communes().get(code) for code in ("83137", "83126", "13117")]
    assert made["population"] == sum(one.population for one in people if one)
    assert made["size"] == 4
    assert 43.0 < made["lat"] < 43.5
    shared = await world.cpts(communes=[{"insee": "06088", "shared": True}])
    assert shared["population"] is None
    assert shared["size"] is None


async def test_a_former_code_and_a_commune_of_another_region(world: World) -> None:
    made = await world.cpts(communes=[{"insee": "05120"}, {"insee": "26220", "name": "Nyons"}])
    assert [one["insee"] for one in made["communes"]] == ["05001", "26220"]
    assert made["communes"][0]["name"] == "Abriès-Ristolas"
    assert made["departments"] == ["05", "26"]
    refused = await world.client.post(
        "/cpts", json={"name": "CPTS ailleurs", "communes": [{"insee": "26220"}]}, headers=world.animator
    )
    assert refused.status_code == 422
    assert refused.json()["code"] == "unknown-commune"
    assert refused.json()["errors"][0]["pointer"] == "/communes/0/insee"


SENSELESS: list[tuple[dict[str, Any], str]] = [
    ({"challenges": ["inconnu"]}, "unknown-term"),
    ({"territory_types": ["lunaire"]}, "unknown-term"),
    ({"status": "aucun"}, "unknown-term"),
    ({"communes": [{"insee": "Nice"}]}, "invalid"),
    ({"communes": []}, "invalid"),
    ({"main_commune_insee": "83137"}, "unknown-commune"),
    ({"lat": 43.2}, "invalid"),
    ({"location": {"lat": 43.2}}, "invalid"),
    ({"main_commune": "83137"}, "unknown-commune"),
    ({"colour": "blue"}, "invalid"),
]


async def test_what_makes_no_sense_is_refused(world: World) -> None:
    for fields, code in SENSELESS:
        body = {"name": "CPTS d’essai", "communes": [{"insee": "04112"}], **fields}
        answer = await world.client.post("/cpts", json=body, headers=world.animator)
        assert (answer.status_code, answer.json()["code"]) == (422, code), fields
        assert answer.json()["errors"]


async def test_what_is_answered_is_taken_back_under_the_same_names(world: World) -> None:
    placed = {"lat": 43.6, "lon": 6.9}
    made = await world.cpts(communes=["06088", "83061"], main_commune="83061", location=placed)
    assert [one["insee"] for one in made["communes"]] == ["06088", "83061"]
    assert made["main_commune"] == {"insee": "83061", "name": "Fréjus"}
    assert made["location"] == placed == {"lat": made["lat"], "lon": made["lon"]}
    path, version = f"/cpts/{made['id']}", 1
    again = ("aliases", "status", "communes", "main_commune", "departments", "location", "lat", "lon", "name")
    for body in [*({field: made[field]} for field in again), {field: made[field] for field in again}]:
        headers = {**world.animator, "If-Match": f'"{version}"'}
        changed = await world.client.patch(path, json=body, headers=headers)
        assert changed.status_code == 200, (body, changed.text)
        version = changed.json()["version"]
        assert {field: changed.json()[field] for field in again} == {field: made[field] for field in again}


async def test_only_animators_write_and_everybody_reads(world: World) -> None:
    made = await world.cpts()
    body = {"name": "CPTS d’essai", "communes": [{"insee": "04112"}]}
    for headers, status in (({}, 401), (world.signed(str(new_id())), 403)):
        assert (await world.client.post("/cpts", json=body, headers=headers)).status_code == status
        changed = await world.client.patch(
            f"/cpts/{made['id']}", json={}, headers={**headers, "If-Match": '"1"'}
        )
        assert changed.status_code == status
    assert (await world.client.get(f"/cpts/{made['id']}")).status_code == 200
    assert (await world.client.get(f"/cpts/{new_id()}")).status_code == 404


async def test_a_change_needs_the_version_that_was_read(world: World) -> None:
    made = await world.cpts()
    path = f"/cpts/{made['id']}"
    tag = (await world.client.get(path)).headers["ETag"]
    without = await world.client.patch(path, json={"name": "Autre nom"}, headers=world.animator)
    assert without.status_code == 428
    first = await world.client.patch(
        path, json={"name": "Autre nom"}, headers={**world.animator, "If-Match": tag}
    )
    assert first.status_code == 200
    assert first.json()["name"] == "Autre nom"
    assert first.json()["population"] == made["population"]
    stale = await world.client.patch(
        path, json={"name": "Trop tard"}, headers={**world.animator, "If-Match": tag}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "version-mismatch")
    (event,) = await world.harness.recorded("directory.cpts.updated.v1")
    assert (event.data["name"], event.sequence) == ("Autre nom", 2)


async def test_the_same_key_enters_one_cpts(world: World) -> None:
    headers = {**world.animator, "Idempotency-Key": "une-fois"}
    body = {"name": "CPTS unique", "communes": [{"insee": "04112"}]}
    first = await world.client.post("/cpts", json=body, headers=headers)
    again = await world.client.post("/cpts", json=body, headers=headers)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(await world.harness.recorded("directory.cpts.created.v1")) == 1
    other = await world.client.post("/cpts", json={**body, "name": "Autre"}, headers=headers)
    assert other.status_code == 422
    twice = await world.client.post("/cpts", json=body, headers=world.animator)
    assert (twice.status_code, twice.json()["code"]) == (409, "slug-taken")


async def test_territory_and_words_change_without_losing_the_rest(world: World) -> None:
    made = (await enter(world, "hauts-pays-verdon-monts-azur"))["hauts-pays-verdon-monts-azur"]
    path, headers = f"/cpts/{made['id']}", {**world.animator, "If-Match": '"1"'}
    body = {"challenges": ["addictions", "sante-mentale"], "population": 12_000}
    changed = (await world.client.patch(path, json=body, headers=headers)).json()
    assert changed["challenges"] == ["addictions", "sante-mentale"]
    assert (changed["population"], changed["departments"]) == (12_000, ["04", "06", "83"])
    assert changed["communes"] == made["communes"]
    headers["If-Match"] = '"2"'
    moved = (await world.client.patch(path, json={"communes": [{"insee": "83137"}]}, headers=headers)).json()
    assert moved["departments"] == ["83"]
    assert moved["main_commune"]["name"] == "Toulon"
    assert moved["challenges"] == ["addictions", "sante-mentale"]


async def test_closing_keeps_the_row_and_needs_the_posts_ended(world: World) -> None:
    made, heir = await world.cpts(), await world.cpts()
    post = await world.start(made["id"])
    path = f"/cpts/{made['id']}"

    async def close(**params: Any) -> Any:
        tag = (await world.client.get(path)).headers["ETag"]
        return await world.client.delete(path, params=params, headers={**world.animator, "If-Match": tag})

    held = await close()
    assert (held.status_code, held.json()["code"]) == (409, "post-still-held")
    await world.client.post(f"/positions/{post['id']}/end", json={}, headers=world.animator)
    closed = await close(merged_into=heir["id"])
    assert closed.status_code == 200
    assert (closed.json()["status"], closed.json()["merged_into"]) == ("fusionnee", heir["id"])
    assert (await world.get(path))["status"] == "fusionnee"
    assert await slugs(world) == [heir["slug"]]
    assert made["slug"] in await slugs(world, status="fusionnee")
    assert made["slug"] in await slugs(world, updated_since="2020-01-01T00:00:00Z")
    assert (await close()).status_code == 409
    refused = await world.client.post(
        f"{path}/positions", json={"coordinator": world.profile()}, headers=world.animator
    )
    assert refused.json()["code"] == "cpts-closed"
    (event,) = await world.harness.recorded("directory.cpts.closed.v1")
    assert event.data["merged_into"] == heir["id"]


async def test_vocabulary_and_outline_are_public(world: World) -> None:
    words = await world.get("/vocabulary")
    assert {"slug", "fr", "en", "definition"} <= words["challenges"][0].keys()
    assert len(words["aci_missions"]) == 6
    shapes = await world.get("/outline.geojson")
    assert {one["properties"]["department"] for one in shapes["features"]} == {
        "04",
        "05",
        "06",
        "13",
        "83",
        "84",
    }
