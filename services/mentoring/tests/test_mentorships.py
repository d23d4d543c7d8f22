"""A mentorship at work: agreement, meetings, end, feedback. What the two say stays between them."""

import json

from maillage.testing.clock import TestClock
from mentoring_network import Network


async def test_meetings_count_outside_and_their_topics_do_not_leave(network: Network) -> None:
    mentor = await network.mentor()
    newcomer = await network.newcomer()
    path = f"mentorships/{(await network.accept(newcomer))['mentorship_id']}"
    held = {"held_on": "2026-03-02", "duration_minutes": 60, "topics": "Le budget prévisionnel"}
    await network.post(f"{path}/meetings", network.me(mentor), held, expect=201)
    assert "first-meeting" in await network.steps_done(newcomer)
    seen = await network.get(path, network.me(newcomer))
    assert (seen["meetings_count"], seen["minutes"]) == (1, 60)
    assert seen["meetings"][0]["topics"] == held["topics"]
    outside = await network.get(path)
    assert (outside["meetings_count"], outside["meetings"][0]["topics"]) == (1, None)
    listed = await network.get(f"{path}/meetings", network.me(newcomer))
    assert listed == {"items": seen["meetings"], "next": None}
    earlier = {**held, "held_on": "2026-02-20"}
    await network.post(f"{path}/meetings", network.me(mentor), earlier, expect=201)
    first = await network.get(f"{path}/meetings", network.me(newcomer), limit="1")
    then = await network.get(f"{path}/meetings", network.me(newcomer), limit="1", cursor=first["next"])
    days = [each["held_on"] for each in (*first["items"], *then["items"])]
    assert (days, then["next"]) == ([held["held_on"], earlier["held_on"]], None)
    outside_too = (await network.get(f"{path}/meetings"))["items"]
    assert [each["topics"] for each in outside_too] == [None, None]
    recorded = json.dumps([each.data for each in await network.house.recorded()])
    assert "budget" not in recorded

    tomorrow = {**held, "held_on": "2026-03-03"}
    refused = await network.post(f"{path}/meetings", network.me(mentor), tomorrow, expect=422)
    assert refused["code"] == "date-in-the-future"
    await network.post(f"{path}/meetings", network.animator, held, expect=403)


async def test_the_two_agree_on_goals(network: Network) -> None:
    mentor = await network.mentor()
    newcomer = await network.newcomer()
    path = f"mentorships/{(await network.accept(newcomer))['mentorship_id']}"
    tag = {"If-Match": (await network.house.client.get(path, headers=network.animator)).headers["etag"]}
    goals = {"goals": "Préparer le premier dialogue de gestion", "cadence_days": 14}
    client = network.house.client
    assert (await client.patch(path, headers=network.me(mentor), json=goals)).status_code == 428
    changed = await client.patch(path, headers={**network.me(mentor), **tag}, json=goals)
    assert changed.json()["goals"] == goals["goals"]
    stale = await client.patch(path, headers={**network.me(newcomer), **tag}, json=goals)
    assert stale.status_code == 412
    assert (await network.get(path))["goals"] is None, "an animator sees that it lives, not what it is about"


async def test_one_may_end_it_with_nobody_at_fault_and_look_for_another(network: Network) -> None:
    first, second = await network.mentor(), await network.mentor()
    newcomer = await network.newcomer()
    accepted = await network.accept(newcomer)
    path = f"mentorships/{accepted['mentorship_id']}"
    ended = await network.post(f"{path}/end", network.me(newcomer), {"reason": "no-fault", "rematch": True})
    assert (ended["status"], ended["end_reason"]) == ("ended", "no-fault")
    again = await network.pending(newcomer)
    assert again["request_id"] == ended["handover_request_id"]
    assert {accepted["mentor_id"], again["mentor_id"]} == {str(first), str(second)}, "never the same again"
    await network.post(f"{path}/end", network.me(newcomer), expect=409)

    said = await network.post(
        f"{path}/feedback", network.me(newcomer), {"rating": 4, "comment": "Merci"}, expect=201
    )
    corrected = await network.post(f"{path}/feedback", network.me(newcomer), {"rating": 5}, expect=201)
    assert (corrected["id"], corrected["rating"], corrected["comment"]) == (said["id"], 5, None)


async def test_a_freed_place_takes_up_a_search_that_found_nobody(network: Network, clock: TestClock) -> None:
    mentor = await network.mentor(capacity=1)
    first = await network.newcomer()
    accepted = await network.accept(first)
    second = await network.newcomer()
    (request,) = (await network.get("requests", network.me(second)))["items"]
    assert (request["status"], request["closed_reason"]) == ("unmatched", "no-mentor")
    clock.advance(days=20)
    await network.post(f"mentorships/{accepted['mentorship_id']}/end", network.me(mentor))
    assert (await network.pending(second))["mentor_id"] == str(mentor)
