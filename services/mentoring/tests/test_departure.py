"""A post ends: searches and mentorships are closed or handed over, and an end told first is not undone."""

from datetime import date

from maillage import clock
from maillage.ids import new_id
from maillage_mentoring.model import Coordinator, Cpts
from mentoring_network import Network


async def test_a_mentor_leaves_and_her_mentee_is_handed_over(network: Network) -> None:
    home = await network.cpts("CPTS du Var Ouest")
    leaving = await network.person()
    post = await network.starts(leaving, home, date(2020, 9, 1))
    await network.offers(leaving, capacity=2)
    newcomer, waiting = await network.newcomer(), await network.newcomer()
    accepted = await network.accept(newcomer)
    assert (await network.pending(waiting))["mentor_id"] == str(leaving)
    staying = await network.mentor(capacity=3)

    before = len(await network.types())
    await network.ends(post, leaving, home)
    assert (await network.types())[before:] == [
        "mentor.paused.v1",
        "proposal.withdrawn.v1",
        "proposal.made.v1",
        "request.opened.v1",
        "mentorship.ended.v1",
        "proposal.made.v1",
    ]
    ended = await network.get(f"mentorships/{accepted['mentorship_id']}", network.me(newcomer))
    assert (ended["status"], ended["end_reason"]) == ("ended", "position-ended")
    again = await network.pending(newcomer)
    assert (again["mentor_id"], again["request_id"]) == (str(staying), ended["handover_request_id"])
    assert (await network.pending(waiting))["mentor_id"] == str(staying)
    assert not (await network.get("me/mentor-profile", network.me(leaving)))["active"]


async def test_a_mentee_leaves_and_nothing_hangs_on(network: Network) -> None:
    mentor = await network.mentor()
    home = await network.cpts()
    newcomer, other = await network.person(), await network.person()
    post, other_post = await network.starts(newcomer, home), await network.starts(other, home)
    await network.accept(newcomer)
    await network.ends(post, newcomer, home)
    await network.ends(other_post, other, home)
    (mentorship,) = (await network.get("mentorships"))["items"]
    assert (mentorship["end_reason"], mentorship["handover_request_id"]) == ("position-ended", None)
    assert (await network.get("me/pathway", network.me(newcomer)))["status"] == "closed"
    (request,) = (await network.get("requests", network.me(other)))["items"]
    assert request["status"] == "closed"
    (withdrawn,) = (await network.get("proposals", network.me(other)))["items"]
    assert withdrawn["withdrawn_because"] == "mentee-left"
    assert (await network.get("me/mentor-profile", network.me(mentor)))["pending"] == 0
    left = {"coordinator_id": newcomer, "left_on": "2026-03-02"}
    before = len(await network.types())
    await network.house.deliver("directory.coordinator.left.v1", left, sequence=9)
    assert len(await network.types()) == before, "said again, it changes nothing"


async def test_who_keeps_another_post_keeps_her_mentorship(network: Network) -> None:
    await network.mentor()
    one, two = await network.cpts(), await network.cpts("CPTS voisine")
    who = await network.person()
    post = await network.starts(who, one)
    await network.accept(who)
    await network.starts(who, two)
    assert len((await network.get("requests"))["items"]) == 1, "she has a mentor already"
    assert len((await network.get("pathways"))["items"]) == 2
    await network.ends(post, who, one, last=False)
    (mentorship,) = (await network.get("mentorships"))["items"]
    assert mentorship["status"] == "active"
    assert (await network.get("me/pathway", network.me(who)))["cpts_id"] == str(two)


async def test_a_move_of_which_the_new_post_is_told_last_ends_nothing(network: Network) -> None:
    await network.mentor()
    old, new = await network.cpts(), await network.cpts("CPTS voisine")
    who = await network.person()
    post = await network.starts(who, old)
    await network.accept(who)
    await network.ends(post, who, old, last=False)
    await network.starts(who, new)
    (mentorship,) = (await network.get("mentorships"))["items"]
    assert mentorship["status"] == "active"


async def test_a_departure_told_when_she_is_back_ends_nothing(network: Network) -> None:
    await network.mentor()
    cpts, who = await network.cpts(), await network.person()
    post = await network.starts(who, cpts)
    await network.accept(who)
    await network.person(coordinator_id=who, sequence=5)
    await network.house.deliver("directory.coordinator.left.v1", {"coordinator_id": who}, sequence=4)
    await network.ends(post, who, cpts, last=False)
    (mentorship,) = (await network.get("mentorships"))["items"]
    assert mentorship["status"] == "active"


async def test_the_end_of_the_last_post_may_be_told_after_the_departure(network: Network) -> None:
    await network.mentor()
    cpts, who = await network.cpts(), await network.person()
    post = await network.starts(who, cpts)
    await network.accept(who)
    await network.house.deliver("directory.coordinator.left.v1", {"coordinator_id": who}, sequence=4)
    (mentorship,) = (await network.get("mentorships"))["items"]
    assert mentorship["status"] == "active"
    await network.ends(post, who, cpts, last=False)
    (mentorship,) = (await network.get("mentorships"))["items"]
    assert mentorship["end_reason"] == "position-ended"


async def test_an_end_told_before_the_start_stays_an_end(network: Network) -> None:
    await network.mentor()
    who, cpts, post = await network.person(), await network.cpts(), new_id()
    before = len(await network.types())
    await network.ends(post, who, cpts)
    await network.starts(who, cpts, position=post)
    assert (await network.types())[before:] == []


async def test_a_departure_heard_before_the_arrival_is_not_undone(network: Network) -> None:
    who, cpts = new_id(), new_id()
    left = {"coordinator_id": who, "left_on": clock.today()}
    await network.house.deliver("directory.coordinator.left.v1", left, sequence=4)
    await network.person(coordinator_id=who, sequence=1)
    await network.house.deliver("directory.cpts.closed.v1", {"cpts_id": cpts, "reason": "merged"}, sequence=3)
    facts = {"cpts_id": cpts, "name": "CPTS du Luberon", "status": "aci-signe", "departments": ["84"]}
    await network.house.deliver("directory.cpts.created.v1", facts, sequence=1)
    async with network.house.db.read() as session:
        person, closed = await session.get_one(Coordinator, who), await session.get_one(Cpts, cpts)
    assert (person.status, person.last_name, person.reach) == ("left", "Marchetti", {"name": "region"})
    assert (closed.status, closed.name, closed.departments) == ("closed", "CPTS du Luberon", ["84"])


async def test_what_was_told_before_an_end_counts_also_when_it_comes_after(network: Network) -> None:
    who, cpts = await network.person(sequence=1), new_id()
    await network.house.deliver("directory.coordinator.left.v1", {"coordinator_id": who}, sequence=4)
    for name, sequence in (("Brun", 3), ("Blanc", 2)):
        await network.person(coordinator_id=who, last_name=name, sequence=sequence)
    told = {"cpts_id": cpts, "name": "CPTS du Luberon", "status": "aci-signe"}
    await network.house.deliver("directory.cpts.created.v1", told, sequence=1)
    await network.house.deliver("directory.cpts.closed.v1", {"cpts_id": cpts, "reason": "merged"}, sequence=3)
    renamed = {**told, "name": "CPTS Luberon Durance"}
    await network.house.deliver("directory.cpts.updated.v1", renamed, sequence=2)
    async with network.house.db.read() as session:
        person, closed = await session.get_one(Coordinator, who), await session.get_one(Cpts, cpts)
    assert (person.status, person.last_name) == ("left", "Brun")
    assert (closed.status, closed.name) == ("closed", "CPTS Luberon Durance")


async def test_an_older_profile_never_overwrites_a_newer_one(network: Network) -> None:
    mentor = await network.mentor()
    await network.newcomer()
    newer = network.profile(mentor, last_name="Orsini")
    older = network.profile(mentor, last_name="Ancien")
    await network.house.deliver("directory.coordinator.updated.v1", newer, sequence=5)
    await network.house.deliver("directory.coordinator.updated.v1", older, sequence=3)
    (proposal,) = (await network.get("proposals"))["items"]
    assert proposal["mentor"]["last_name"] == "Orsini"
    facts = {"cpts_id": new_id(), "name": "CPTS neuve", "departments": ["05"]}
    await network.house.deliver("directory.cpts.updated.v1", {**facts, "name": "CPTS Neuve"}, sequence=4)
    await network.house.deliver("directory.cpts.created.v1", facts, sequence=1)
    await network.starts(mentor, facts["cpts_id"])
    (shown,) = (await network.get("mentors"))["items"]
    assert shown["cpts_name"] == "CPTS Neuve"
    assert shown["departments"] == ["05", "06"]
