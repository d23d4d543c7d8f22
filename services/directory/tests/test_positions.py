"""Taking up and leaving a post: story 1 and 3 as far as the directory goes."""

import asyncio
from datetime import timedelta
from typing import Any

from maillage.ids import new_id

from .conftest import World


async def types(world: World) -> list[str]:
    return [one.type.removeprefix("fr.maillage.directory.") for one in await world.harness.recorded()]


async def end(world: World, position_id: str, **body: Any) -> Any:
    return await world.client.post(f"/positions/{position_id}/end", json=body, headers=world.animator)


async def test_a_start_without_a_person_says_what_is_missing(world: World) -> None:
    made = await world.cpts()
    refused = await world.client.post(f"/cpts/{made['id']}/positions", json={}, headers=world.animator)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/coordinator_id"]


async def test_an_arrival_makes_profile_account_and_post_at_once(world: World) -> None:
    made = await world.cpts()
    who = world.profile(email="Camille.ROUX@Exemple.fr", first_name="Camille", phone="06 01 02 03 04")
    answer = await world.client.post(
        f"/cpts/{made['id']}/positions", json={"coordinator": who}, headers=world.animator
    )
    assert answer.status_code == 201
    post = answer.json()
    assert post["coordinator"]["first_name"] == "Camille"
    assert (post["title"], post["ended_on"], post["cpts_name"]) == ("coordinator", None, made["name"])
    assert await types(world) == [
        "cpts.created.v1",
        "coordinator.joined.v1",
        "contact.changed.v1",
        "position.started.v1",
    ]
    (contact,) = await world.harness.recorded("directory.contact.changed.v1")
    assert contact.data == {
        "coordinator_id": post["coordinator_id"],
        "email": "camille.roux@exemple.fr",
        "phone": None,
        "language": "fr",
        "roles": ["coordinator"],
    }
    me = await world.get("/me", world.signed(post["coordinator_id"]))
    assert me["coordinator"]["positions"][0]["cpts_id"] == made["id"]
    assert me["email"] == "camille.roux@exemple.fr"


async def test_a_failed_arrival_leaves_nobody_behind(world: World) -> None:
    made = await world.cpts()
    await world.start(made["id"])
    late = {"coordinator": world.profile(email="trop.tard@exemple.fr")}
    refused = await world.client.post(f"/cpts/{made['id']}/positions", json=late, headers=world.animator)
    assert (refused.status_code, refused.json()["code"]) == (409, "post-held")
    people = (await world.get("/coordinators", world.animator))["items"]
    assert [one["email"] for one in people] != []
    assert "trop.tard@exemple.fr" not in [one["email"] for one in people]
    assert (await types(world)).count("coordinator.joined.v1") == 1


async def test_of_two_arrivals_at_once_one_gets_the_post(world: World) -> None:
    made = await world.cpts()
    bodies = [{"coordinator": world.profile()} for _ in range(6)]
    answers = await asyncio.gather(
        *(
            world.client.post(f"/cpts/{made['id']}/positions", json=body, headers=world.animator)
            for body in bodies
        )
    )
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409, 409]
    assert len((await world.get(f"/cpts/{made['id']}"))["holders"]) == 1
    assert (await types(world)).count("position.started.v1") == 1
    assert (await types(world)).count("coordinator.joined.v1") == 1


async def test_deputies_may_be_several_but_nobody_twice(world: World) -> None:
    made = await world.cpts()
    first = await world.start(made["id"], title="deputy")
    await world.start(made["id"], title="deputy")
    again = {"coordinator_id": first["coordinator_id"], "title": "deputy"}
    refused = await world.client.post(f"/cpts/{made['id']}/positions", json=again, headers=world.animator)
    assert (refused.status_code, refused.json()["code"]) == (409, "post-held")
    await world.start(made["id"], first["coordinator_id"], title="coordinator")
    titles = [one["title"] for one in (await world.get(f"/cpts/{made['id']}"))["holders"]]
    assert titles == ["coordinator", "deputy", "deputy"]


async def test_a_departure_leaves_history_and_a_resource_person(world: World) -> None:
    made, heir = await world.cpts(), await world.person()
    post = await world.start(made["id"])
    world.harness.clock.advance(days=100)
    answer = await end(world, post["id"], successor_id=heir["id"])
    assert answer.status_code == 200
    assert answer.json()["successor_id"] == heir["id"]
    assert (await types(world))[-2:] == ["position.ended.v1", "coordinator.left.v1"]
    (ended,) = await world.harness.recorded("directory.position.ended.v1")
    assert (ended.data["cpts_id"], ended.data["successor_id"]) == (made["id"], heir["id"])
    gone = await world.get(f"/coordinators/{post['coordinator_id']}", world.animator)
    assert gone["status"] == "left"
    twice = await end(world, post["id"])
    assert (twice.status_code, twice.json()["code"]) == (409, "position-ended")
    await world.start(made["id"], heir["id"])
    history = (await world.get(f"/cpts/{made['id']}/positions"))["items"]
    assert [one["coordinator_id"] for one in history] == [heir["id"], post["coordinator_id"]]
    assert await world.get(f"/positions/{post['id']}", world.animator) == answer.json()


async def test_who_holds_another_post_has_not_left(world: World) -> None:
    one, other = await world.cpts(), await world.cpts()
    post = await world.start(one["id"])
    await world.start(other["id"], post["coordinator_id"], title="project_officer")
    await end(world, post["id"])
    assert "coordinator.left.v1" not in await types(world)
    assert (await world.get(f"/coordinators/{post['coordinator_id']}", world.animator))["status"] == "active"


async def test_who_comes_back_is_active_again(world: World) -> None:
    made = await world.cpts()
    post = await world.start(made["id"])
    await end(world, post["id"])
    await world.start(made["id"], post["coordinator_id"])
    assert (await world.get(f"/coordinators/{post['coordinator_id']}", world.animator))["status"] == "active"
    (updated,) = await world.harness.recorded("directory.coordinator.updated.v1")
    assert updated.data["status"] == "active"


async def test_a_post_ends_after_it_began_and_not_in_the_future(world: World) -> None:
    post = await world.start((await world.cpts())["id"])
    for days in (-1, 2):
        day = world.harness.clock.now().date() + timedelta(days=days)
        answer = await end(world, post["id"], ended_on=day.isoformat())
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-dates")


async def test_old_posts_may_be_recorded_but_not_far_ones(world: World) -> None:
    made = await world.cpts()
    old = await world.start(made["id"], started_on="2019-09-01")
    assert old["started_on"] == "2019-09-01"
    far = {"coordinator": world.profile(), "title": "deputy", "started_on": "2031-01-01"}
    answer = await world.client.post(f"/cpts/{made['id']}/positions", json=far, headers=world.animator)
    assert answer.json()["code"] == "bad-dates"


async def test_exactly_one_person_takes_up_a_post(world: World) -> None:
    made = await world.cpts()
    for body in ({}, {"coordinator_id": str(new_id()), "coordinator": world.profile()}):
        path = f"/cpts/{made['id']}/positions"
        assert (await world.client.post(path, json=body, headers=world.animator)).status_code == 422
    unknown = {"coordinator_id": str(new_id())}
    assert (await world.client.post(path, json=unknown, headers=world.animator)).status_code == 404


async def test_only_an_animator_records_arrivals_and_departures(world: World) -> None:
    made = await world.cpts()
    post = await world.start(made["id"])
    own = world.signed(post["coordinator_id"])
    body = {"coordinator": world.profile()}
    assert (
        await world.client.post(f"/cpts/{made['id']}/positions", json=body, headers=own)
    ).status_code == 403
    assert (await world.client.post(f"/positions/{post['id']}/end", json={}, headers=own)).status_code == 403
    assert (await world.client.post(f"/positions/{post['id']}/end", json={})).status_code == 401
