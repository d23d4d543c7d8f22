"""A newcomer takes up a post: pathway, search and proposal in one transaction; then the mentor says yes."""

from datetime import timedelta

from maillage.ids import new_id
from maillage.testing.clock import TestClock
from mentoring_network import GAP, Network

ARRIVAL = [
    "pathway.started.v1",
    "request.opened.v1",
    "proposal.made.v1",
]


async def test_an_arrival_opens_a_pathway_and_asks_a_mentor(network: Network) -> None:
    mentor = await network.mentor(challenges=[{"challenge": "desertification-medicale", "stance": "solved"}])
    before = len(await network.types())
    newcomer = await network.newcomer(
        challenges=[{"challenge": "desertification-medicale", "stance": "working"}],
        skills=[{"skill": "rgpd", "level": 1, "stance": "seeks"}],
    )
    assert (await network.types())[before:] == ARRIVAL

    pathway = await network.get("me/pathway", network.me(newcomer))
    assert (pathway["day"], pathway["total_days"], pathway["total"]) == (1, 100, 9)
    assert pathway["steps"][0]["title"] == "Confirmer mon profil"

    proposal = await network.pending(newcomer)
    assert proposal["mentor_id"] == str(mentor)
    assert proposal["mentor"]["last_name"] == "Marchetti"
    texts = [reason["text"] for reason in proposal["reasons"]]
    assert texts[0] == "un défi commun : désertification médicale"
    assert "à 12 km" in texts
    assert [reason["text"] for reason in proposal["against"]] == [
        "ne propose pas : protection des données (RGPD)",
        "autre type de territoire : périurbain",
    ]


async def test_reasons_are_said_in_the_readers_language(network: Network) -> None:
    await network.mentor(challenges=[{"challenge": "sante-mentale", "stance": "can_help"}])
    newcomer = await network.newcomer(challenges=[{"challenge": "sante-mentale", "stance": "working"}])
    found = await network.get("proposals", {**network.me(newcomer), "Accept-Language": "en-GB"})
    assert found["items"][0]["reasons"][0]["text"] == "one shared challenge: mental health"


async def test_an_acceptance_starts_the_mentorship_and_moves_the_pathway(network: Network) -> None:
    mentor = await network.mentor()
    newcomer = await network.newcomer()
    before = len(await network.types())
    accepted = await network.accept(newcomer)
    assert accepted["status"] == "accepted"
    assert (await network.types())[before:] == [
        "proposal.accepted.v1",
        "mentorship.started.v1",
        "pathway.step-completed.v1",
        "request.closed.v1",
    ]
    assert await network.steps_done(newcomer) == ["mentor"]
    (mentorship,) = (await network.get("mentorships", network.me(mentor)))["items"]
    assert (mentorship["mentee_id"], mentorship["status"]) == (str(newcomer), "active")
    request = await network.get(f"requests/{accepted['request_id']}", network.me(newcomer))
    assert request["status"] == "matched"


async def test_only_the_proposed_mentor_or_an_animator_accepts(network: Network) -> None:
    await network.mentor()
    newcomer = await network.newcomer()
    proposal = await network.pending(newcomer)
    path = f"proposals/{proposal['id']}/accept"
    for stranger in (newcomer, new_id()):
        await network.post(path, network.me(stranger), expect=403)
    await network.post(path, network.animator)
    refused = await network.post(path, network.animator, expect=409)
    assert refused["code"] == "proposal-closed"


async def test_old_news_opens_nothing(network: Network, clock: TestClock) -> None:
    await network.mentor()
    cpts, who = await network.cpts(), await network.person()
    before = len(await network.types())
    await network.starts(who, cpts, clock.now().date() - timedelta(days=101))
    assert (await network.types())[before:] == []
    another = await network.person()
    await network.starts(another, cpts, clock.now().date() - timedelta(days=100))
    assert (await network.types())[before:] == ARRIVAL


async def test_a_post_taken_up_before_its_holder_is_known_is_not_lost(network: Network) -> None:
    """Events of one journal come in order; should they not, nobody is asked on half the facts."""
    far = await network.mentor(
        cpts=await network.cpts("CPTS du Gapençais", GAP, territory_types=["montagne"]),
        challenges=[{"challenge": "addictions", "stance": "solved"}],
    )
    near = await network.mentor()
    who, cpts = new_id(), new_id()
    position = await network.starts(who, cpts)
    (request,) = (await network.get("requests"))["items"]
    assert (request["status"], request["proposals"]) == ("open", [])

    await network.person(coordinator_id=who, challenges=[{"challenge": "addictions", "stance": "working"}])
    assert (await network.get("requests"))["items"][0]["status"] == "open"
    await network.cpts(cpts_id=cpts, territory_types=["montagne"])
    proposal = await network.pending(who)
    assert proposal["mentor_id"] == str(far) != str(near)
    assert proposal["reasons"][0]["code"] == "shared-challenges"

    await network.starts(who, cpts, position=position)
    assert len((await network.get("requests"))["items"]) == 1


async def test_what_she_says_of_herself_later_corrects_what_the_mentor_reads(network: Network) -> None:
    """A profile is often filled after the post is recorded: reasons stay true, and a search follows it."""
    await network.mentor(challenges=[{"challenge": "addictions", "stance": "solved"}])
    newcomer = await network.newcomer()
    first = await network.pending(newcomer)
    assert "shared-challenges" not in {reason["code"] for reason in first["reasons"]}
    mine = [{"challenge": "addictions", "stance": "working"}]
    updated = network.profile(newcomer, challenges=mine)
    await network.house.deliver("directory.coordinator.updated.v1", updated, sequence=2)
    again = await network.pending(newcomer)
    assert again["id"] == first["id"]
    assert again["score"] > first["score"]
    assert again["reasons"][0]["text"] == "un défi commun : addictions"

    other = new_id()
    body: dict[str, list[str]] = {"skills": [], "challenges": []}
    request = await network.post("requests", network.me(other), body, expect=201)
    await network.person(coordinator_id=other, challenges=mine)
    found = await network.get(f"requests/{request['id']}", network.me(other))
    assert (found["status"], found["challenges"]) == ("open", ["addictions"])
