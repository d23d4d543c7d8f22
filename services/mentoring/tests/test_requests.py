"""Searches in her own words, the mentor profile, and the manners of HTTP."""

import pytest
from maillage.events.deliver import Undecodable
from maillage.ids import new_id
from mentoring_network import Network


async def test_a_search_of_her_own_waits_for_her_choice(network: Network) -> None:
    mentor = await network.mentor(skills=[{"skill": "rgpd", "level": 4, "stance": "offers"}])
    who = await network.person()
    me = network.me(who)
    wishes = {"skills": ["rgpd"], "challenges": [], "note": "Registre à reprendre"}
    request = await network.post("requests", me, wishes, expect=201)
    assert (request["origin"], request["status"], request["skills"]) == ("self", "open", ["rgpd"])
    refused = await network.post("requests", me, wishes, expect=409)
    assert refused["code"] == "request-already-open"
    (found,) = (await network.get(f"requests/{request['id']}/suggestions", me))["items"]
    assert found["mentor_id"] == str(mentor)
    body = {"mentor_id": found["mentor_id"]}
    made = await network.post(f"requests/{request['id']}/proposals", me, body, expect=201)
    assert made["note"] == wishes["note"]

    again = await network.get(f"requests/{request['id']}", me)
    changed = await network.house.client.patch(
        f"requests/{request['id']}",
        headers={**me, "If-Match": f'"{again["version"]}"'},
        json={"skills": ["negociation"], "challenges": []},
    )
    assert changed.status_code == 200, changed.text
    (asked,) = changed.json()["proposals"]
    assert "skills-not-offered" in {reason["code"] for reason in asked["against"]}

    withdrawn = await network.post(f"requests/{request['id']}/withdraw", me)
    assert withdrawn["status"] == "withdrawn"
    assert withdrawn["proposals"][0]["withdrawn_because"] == "request-withdrawn"
    await network.post(f"requests/{request['id']}/withdraw", me, expect=409)


async def test_her_own_search_replaces_the_one_opened_for_her(network: Network) -> None:
    await network.mentor()
    newcomer = await network.newcomer()
    await network.post(
        "requests", network.me(newcomer), {"skills": ["negociation"], "challenges": []}, expect=201
    )
    old, new = (await network.get("requests", network.me(newcomer)))["items"][::-1]
    assert (old["origin"], old["status"], old["closed_reason"]) == ("arrival", "withdrawn", "replaced")
    assert (new["origin"], new["status"]) == ("self", "open")


async def test_who_sees_and_does_what(network: Network) -> None:
    await network.mentor()
    newcomer = await network.newcomer()
    (request,) = (await network.get("requests"))["items"]
    stranger = network.me(await network.person())
    for path in (f"requests/{request['id']}", f"requests/{request['id']}/suggestions"):
        assert (await network.house.client.get(path, headers=stranger)).status_code == 403
    await network.post(f"requests/{request['id']}/withdraw", stranger, expect=403)
    for_her = {"coordinator_id": str(newcomer), "skills": [], "challenges": []}
    await network.post("requests", stranger, for_her, expect=403)
    await network.post("requests", network.animator, for_her, expect=201)
    unknown = {**for_her, "coordinator_id": str(new_id())}
    refused = await network.post("requests", network.animator, unknown, expect=404)
    assert refused["code"] == "unknown-coordinator"
    assert (await network.get("requests", stranger))["items"] == []


async def test_the_mentor_profile_begins_as_a_draft_and_needs_if_match(network: Network) -> None:
    who = await network.person(
        skills=[
            {"skill": "rgpd", "level": 4, "stance": "offers"},
            {"skill": "negociation", "level": 1, "stance": "seeks"},
        ],
        challenges=[{"challenge": "addictions", "stance": "solved"}],
    )
    me, client = network.me(who), network.house.client
    draft = await network.get("me/mentor-profile", me)
    assert (draft["version"], draft["active"]) == (0, False)
    assert (draft["skills"], draft["challenges"]) == (["rgpd"], ["addictions"])
    offer = {"active": True, "capacity": 3, "skills": ["rgpd"], "challenges": []}
    assert (await client.put("me/mentor-profile", headers=me, json=offer)).status_code == 428
    stale = {**me, "If-Match": '"7"'}
    assert (await client.put("me/mentor-profile", headers=stale, json=offer)).status_code == 412
    bad = await client.put("me/mentor-profile", headers={**me, "If-Match": '"0"'}, json={"capacity": 0})
    assert bad.status_code == 422
    assert {error["pointer"] for error in bad.json()["errors"]} == {"/active", "/capacity"}
    made = await client.put("me/mentor-profile", headers={**me, "If-Match": '"0"'}, json=offer)
    assert (made.status_code, made.json()["version"]) == (200, 1)
    assert (made.json()["capacity"], made.json()["max_pending"]) == (3, 3)
    known = await client.get("me/mentor-profile", headers={**me, "If-None-Match": made.headers["etag"]})
    assert known.status_code == 304
    (event,) = await network.house.recorded("mentoring.mentor.available.v1")
    assert (event.sequence, event.data["skills"]) == (1, ["rgpd"])


async def test_an_offer_that_is_not_made_or_taken_back_is_nobody_elses_to_read(network: Network) -> None:
    """A copy is told that it is not there; `updated_since` is for everybody."""
    draft, stopped, offering = await network.mentor(), await network.mentor(), await network.mentor()
    for who, active in ((draft, False), (stopped, True), (offering, True)):
        await network.offers(who, active=active, skills=["rgpd"], note="Entre nous.")
    await network.offers(stopped, active=False, skills=["rgpd"], note="Entre nous.")
    wanted = {"updated_since": "2000-01-01T00:00:00Z", "skill": "rgpd"}
    for reader in (network.me(new_id()), network.house.tokens.animator(), network.me(draft)):
        found = {one["id"]: one for one in (await network.get("mentors", reader, **wanted))["items"]}
        assert set(found) == {str(draft), str(stopped), str(offering)}
        for gone in (found[str(draft)], found[str(stopped)]):
            said = {name for name, value in gone.items() if value and name not in ("id", "version")}
            assert said == set()
        assert found[str(offering)]["note"] == "Entre nous."
    other = {**wanted, "skill": "negociation"}
    still = {one["id"] for one in (await network.get("mentors", network.me(new_id()), **other))["items"]}
    assert still == {str(draft), str(stopped)}, "what they would offer is not found out by asking"


async def test_mentors_are_listed_by_what_they_offer_and_within_their_reach(network: Network) -> None:
    coast = await network.mentor(reach={"name": "collective"})
    hills = await network.mentor(
        cpts=await network.cpts("CPTS du Verdon", departments=["04", "83"], territory_types=["rural"])
    )
    await network.offers(coast, skills=["rgpd"], challenges=["addictions"])
    await network.offers(hills, skills=["negociation"], capacity=1)
    reader = network.me(new_id())

    async def listed(**wanted: str) -> set[str]:
        return {mentor["id"] for mentor in (await network.get("mentors", reader, **wanted))["items"]}

    assert await listed() == {str(coast), str(hills)}
    assert await listed(skill="rgpd") == await listed(challenge="addictions") == {str(coast)}
    assert await listed(department="83") == await listed(territory_type="rural") == {str(hills)}
    assert await listed(skill="rgpd", department="83") == set()

    newcomer = await network.newcomer()
    await network.accept(newcomer)
    await network.offers(hills, skills=["negociation"], capacity=1, paused_until="2026-12-24")
    assert str(hills) not in await listed(available="true")
    assert str(hills) in await listed(available="false")

    page = await network.get("mentors", reader, limit="1")
    rest = await network.get("mentors", reader, limit="1", cursor=page["next"])
    assert {page["items"][0]["id"], rest["items"][0]["id"]} == {str(coast), str(hills)}
    assert rest["next"] is None
    unknown = await network.house.client.get("mentors", headers=reader, params={"colour": "red"})
    assert unknown.status_code == 400

    program = network.house.tokens.service("mentoring:read")
    names = {m["id"]: m["last_name"] for m in (await network.get("mentors", program))["items"]}
    assert names == {str(coast): None, str(hills): "Marchetti"}
    names = {m["id"]: m["last_name"] for m in (await network.get("mentors", reader))["items"]}
    assert names == {str(coast): "Marchetti", str(hills): "Marchetti"}
    for elsewhere in (
        network.house.tokens.coordinator(region="fr-occ"),
        network.house.tokens.animator(region="fr-occ"),
    ):
        for path in ("mentors", "requests", "me/mentor-profile"):
            assert (await network.house.client.get(path, headers=elsewhere)).status_code == 403


@pytest.mark.parametrize("skill", [{"stance": "offers"}, {"skill": ["rgpd"], "stance": "offers"}])
async def test_a_profile_that_cannot_be_compared_is_not_kept(
    network: Network, skill: dict[str, object]
) -> None:
    """Found by the fuzz: one such row would have failed the search of everybody."""
    mentor, who = await network.mentor(), await network.person()
    odd = {"coordinator_id": mentor, "skills": [skill], "challenges": []}
    with pytest.raises(Undecodable):
        await network.house.deliver("directory.coordinator.updated.v1", odd, sequence=9)
    wishes = {"skills": ["rgpd"], "challenges": []}
    request = await network.post("requests", network.me(who), wishes, expect=201)
    (found,) = (await network.get(f"requests/{request['id']}/suggestions", network.me(who)))["items"]
    assert found["mentor_id"] == str(mentor)
