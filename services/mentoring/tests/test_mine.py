"""What concerns somebody now, in one answer: her own part, whatever else she may read."""

from mentoring_network import Network


async def test_it_says_what_its_parts_say_of_her_alone(network: Network) -> None:
    mentor = await network.mentor()
    newcomer, other = await network.newcomer(), await network.newcomer()
    hers = network.me(newcomer)
    before = await network.get("me/mentoring", hers)
    assert before == {"pathway": await network.get("me/pathway", hers), "asked": [], "mentorships": []}
    asked = (await network.get("me/mentoring", network.me(mentor)))["asked"]
    assert {one["mentee_id"] for one in asked} == {str(newcomer), str(other)}
    listed = await network.get("proposals", network.me(mentor), role="mentor", status="pending")
    assert asked == listed["items"]
    await network.accept(newcomer)
    listed = await network.get("mentorships", hers, status="active")
    for who in (mentor, newcomer):
        seen = await network.get("me/mentoring", network.me(who))
        assert [pair["id"] for pair in seen["mentorships"]] == [pair["id"] for pair in listed["items"]]
    assert [one["mentee_id"] for one in asked if one["mentee_id"] != str(newcomer)] == [
        one["mentee_id"] for one in (await network.get("me/mentoring", network.me(mentor)))["asked"]
    ]
    await network.post(f"mentorships/{listed['items'][0]['id']}/end", hers, {"reason": "no-fault"})
    assert (await network.get("me/mentoring", hers))["mentorships"] == []


async def test_an_animator_is_told_nothing_of_others(network: Network) -> None:
    await network.mentor()
    await network.newcomer()
    assert (await network.get("proposals"))["items"], "she may read of all searches"
    assert await network.get("me/mentoring") == {"pathway": None, "asked": [], "mentorships": []}
