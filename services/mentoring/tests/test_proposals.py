"""Proposals: the answer, the deadline, the next choice, the last place."""

import asyncio
from uuid import UUID

from maillage.testing.clock import TestClock
from maillage_mentoring.usecases.asking import has_room
from mentoring_network import GAP, Network


async def two_mentors(network: Network) -> tuple[UUID, UUID]:
    """The first suits better: she has solved what the newcomer works on."""
    best = await network.mentor(capacity=1, challenges=[{"challenge": "sante-mentale", "stance": "solved"}])
    other = await network.mentor(capacity=1, cpts=await network.cpts("CPTS du Gapençais", GAP))
    return best, other


async def a_newcomer(network: Network) -> UUID:
    return await network.newcomer(challenges=[{"challenge": "sante-mentale", "stance": "working"}])


async def test_a_decline_goes_to_the_next_and_the_last_decline_is_said(network: Network) -> None:
    best, other = await two_mentors(network)
    newcomer = await a_newcomer(network)
    first = await network.pending(newcomer)
    assert (first["mentor_id"], first["rank"]) == (str(best), 1)
    reason = {"reason": "Trop de dossiers ce mois-ci"}
    declined = await network.post(f"proposals/{first['id']}/decline", network.me(best), reason)
    assert (declined["status"], declined["decline_reason"]) == ("declined", reason["reason"])

    second = await network.pending(newcomer)
    assert (second["mentor_id"], second["rank"]) == (str(other), 2)
    await network.post(f"proposals/{second['id']}/decline", network.me(other))
    request = await network.get(f"requests/{second['request_id']}", network.me(newcomer))
    assert (request["status"], request["closed_reason"]) == ("unmatched", "all-asked")
    assert request["closed_text"].startswith("Tous les mentors possibles ont été sollicités")
    recorded = await network.house.recorded("mentoring.request.closed.v1")
    assert [each.data["outcome"] for each in recorded] == ["unmatched"]
    assert reason["reason"] not in str([each.data for each in await network.house.recorded()])

    await network.mentor()
    again = await network.pending(newcomer)
    assert again["rank"] == 3, "the search resumes when another mentor becomes available"


async def test_silence_is_nudged_then_expires_then_pauses_the_mentor(
    network: Network, clock: TestClock
) -> None:
    best, other = await two_mentors(network)
    newcomer = await a_newcomer(network)
    first = await network.pending(newcomer)
    clock.advance(days=2, hours=23)
    assert await network.house.fire_timers() == 0
    clock.advance(hours=1)
    await network.house.fire_timers()
    assert (await network.types())[-1] == "proposal.nudged.v1"
    clock.advance(days=4)
    await network.house.fire_timers()
    assert (await network.types())[-2:] == ["proposal.expired.v1", "proposal.made.v1"]
    assert (await network.pending(newcomer))["mentor_id"] == str(other)
    late = await network.post(f"proposals/{first['id']}/accept", network.me(best), expect=409)
    assert late["code"] == "proposal-closed"

    second = await a_newcomer(network)
    assert (await network.pending(second))["mentor_id"] == str(best)
    clock.advance(days=8)
    await network.house.fire_timers()
    profile = await network.get("me/mentor-profile", network.me(best))
    assert profile["paused_until"] is not None, "two proposals in a row left to expire"
    paused = await network.house.recorded("mentoring.mentor.paused.v1")
    assert paused[0].data["coordinator_id"] == str(best)
    clock.advance(days=31)
    await network.house.fire_timers()
    profile = await network.get("me/mentor-profile", network.me(best))
    assert profile["paused_until"] is None


async def test_a_mentor_who_pauses_leaves_nobody_waiting(network: Network) -> None:
    best, other = await two_mentors(network)
    newcomer = await a_newcomer(network)
    await network.offers(best, active=False)
    (first, second) = (await network.get("proposals", network.me(newcomer)))["items"][::-1]
    assert (first["status"], first["withdrawn_because"]) == ("withdrawn", "mentor-paused")
    assert (second["status"], second["mentor_id"]) == ("pending", str(other))
    await network.post(f"proposals/{second['id']}/decline", network.me(other))
    await network.offers(best, capacity=1)
    assert (await network.pending(newcomer))["mentor_id"] == str(best), "back, she may be asked again"


async def test_two_acceptances_at_once_on_the_last_place(network: Network) -> None:
    """Two newcomers are proposed to a mentor with one place: one begins, the other goes to the next."""
    best, other = await two_mentors(network)
    one, two = await a_newcomer(network), await a_newcomer(network)
    asked = [await network.pending(one), await network.pending(two)]
    assert [each["mentor_id"] for each in asked] == [str(best)] * 2
    answers = await asyncio.gather(
        *(
            network.house.client.post(f"proposals/{each['id']}/accept", headers=network.me(best))
            for each in asked
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    active = (await network.get("mentorships", network.me(best), status="active"))["items"]
    assert len(active) == 1
    left = two if active[0]["mentee_id"] == str(one) else one
    assert (await network.pending(left))["mentor_id"] == str(other)
    (refused,) = (await network.get("proposals", network.me(left), status="withdrawn"))["items"]
    assert refused["withdrawn_because"] == "mentor-full"


async def test_a_mentee_takes_a_proposal_back_and_picks_herself(network: Network) -> None:
    best, other = await two_mentors(network)
    newcomer = await a_newcomer(network)
    me, first = network.me(newcomer), await network.pending(newcomer)
    await network.post(f"proposals/{first['id']}/withdraw", network.me(best), expect=403)
    await network.post(f"proposals/{first['id']}/withdraw", me)
    request = await network.get(f"requests/{first['request_id']}", me)
    assert request["status"] == "open"
    suggested = (await network.get(f"requests/{request['id']}/suggestions", me))["items"]
    assert [each["mentor_id"] for each in suggested] == [str(other)]
    assert all(each["reasons"] for each in suggested)
    path = f"requests/{request['id']}/proposals"
    refused = await network.post(path, me, {"mentor_id": str(newcomer)}, expect=409)
    assert refused["code"] == "mentor-not-possible"
    picked = await network.post(path, me, {"mentor_id": str(other)}, expect=201)
    assert picked["rank"] == 2
    again = await network.post(path, me, {"mentor_id": str(other)}, expect=409)
    assert again["detail"] == "Règle : already-asked."


async def test_proposals_are_seen_by_the_two_and_by_animators(network: Network) -> None:
    best, other = await two_mentors(network)
    newcomer = await a_newcomer(network)
    proposal = await network.pending(newcomer)
    path = f"proposals/{proposal['id']}"
    for reader in (network.me(best), network.me(newcomer), network.animator):
        assert (await network.get(path, reader))["id"] == proposal["id"]
    assert (await network.house.client.get(path, headers=network.me(other))).status_code == 403
    assert (await network.house.client.get(path)).status_code == 401
    assert (await network.get("proposals", network.me(other)))["items"] == []
    assert (await network.get("proposals", network.me(best), role="mentee"))["items"] == []
    assert len((await network.get("proposals", network.me(best), role="mentor"))["items"]) == 1


async def test_searches_that_pass_over_full_mentors_do_not_wait_for_each_other(network: Network) -> None:
    full = await two_mentors(network)
    for _ in full:  # each has one place
        await network.accept(await a_newcomer(network))
    both_have_passed_one = asyncio.Barrier(2)

    async def search(first: UUID, second: UUID) -> list[bool]:
        async with network.house.db.read() as session:
            passed = [await has_room(session, first)]
            await both_have_passed_one.wait()
            return [*passed, await has_room(session, second)]

    async with asyncio.timeout(60):
        found = await asyncio.gather(search(*full), search(*reversed(full)))
    assert found == [[False, False], [False, False]]
