"""The choice of workshops: their seats, their waiting lists, and changing one's mind."""

from __future__ import annotations

from typing import Any

House = Any


def states(registration: dict[str, Any]) -> dict[str, tuple[str, int | None]]:
    return {one["workshop_id"]: (one["status"], one["position"]) for one in registration["workshops"]}


async def test_a_full_workshop_has_its_own_waiting_list(house: House) -> None:
    seminar = await house.seminar(capacity=10)
    workshop = await house.workshop(seminar, capacity=1)
    first, second, third = [await house.register(seminar, None, workshop) for _ in range(3)]
    key = str(workshop)
    assert states(first) == {key: ("confirmed", None)}
    assert (second["status"], states(second)) == ("confirmed", {key: ("waitlisted", 1)})
    assert states(third) == {key: ("waitlisted", 2)}
    await house.act(first, "cancel")
    assert states(await house.registration(second)) == {key: ("confirmed", None)}
    assert states(await house.registration(third)) == {key: ("waitlisted", 1)}
    (updated,) = await house.told("registration.updated")
    assert (updated["registration_id"], updated["workshop_ids"]) == (second["id"], [key])


async def test_a_speaker_may_be_sent_by_name_alone(house: House) -> None:
    seminar = await house.seminar()
    workshop = await house.workshop(seminar, speakers=["Jeanne Inventée", {"name": "Luc Imaginaire"}])
    seen = await house.get(f"/workshops/{workshop}", house.animator)
    assert [one["name"] for one in seen["speakers"]] == ["Jeanne Inventée", "Luc Imaginaire"]


async def test_workshops_at_the_same_time_or_of_another_seminar_are_refused(house: House) -> None:
    seminar, other = await house.seminar(), await house.seminar()
    morning = await house.workshop(seminar, start=0)
    same_time, next_one = await house.workshop(seminar, start=1), await house.workshop(seminar, start=2)
    elsewhere = await house.workshop(other)
    problem = await house.register(seminar, None, morning, same_time, expect=422)
    assert problem["code"] == "workshops-overlap"
    problem = await house.register(seminar, None, elsewhere, expect=422)
    assert (problem["code"], problem["errors"][0]["detail"]) == ("unknown-workshop", str(elsewhere))
    made = await house.register(seminar, None, morning, next_one)
    assert len(made["workshops"]) == 2


async def test_waiting_for_the_seminar_one_queues_for_no_workshop(house: House) -> None:
    seminar = await house.seminar(capacity=1)
    workshop = await house.workshop(seminar, capacity=1)
    first = await house.register(seminar, None, workshop)
    second = await house.register(seminar, None, workshop)
    assert states(second) == {str(workshop): ("waitlisted", None)}
    assert (await house.get(f"/workshops/{workshop}"))["waitlisted"] == 0
    await house.act(first, "cancel")
    assert states(await house.registration(second)) == {str(workshop): ("offered", None)}
    assert (await house.get(f"/workshops/{workshop}"))["seats_left"] == 0
    assert states(await house.act(second, "accept")) == {str(workshop): ("confirmed", None)}


async def test_the_old_seat_is_kept_until_the_new_one_is_held(house: House) -> None:
    seminar = await house.seminar(capacity=10)
    held, wanted = await house.workshop(seminar, capacity=1), await house.workshop(seminar, capacity=1)
    rival = await house.register(seminar, None, wanted)
    mine = await house.register(seminar, None, held)
    changed = await house.change(mine, wanted)
    assert states(changed) == {str(held): ("confirmed", None), str(wanted): ("waitlisted", 1)}
    assert {one["yields_to"] for one in changed["workshops"]} == {None, str(wanted)}
    follower = await house.register(seminar, None, held)
    assert states(follower) == {str(held): ("waitlisted", 1)}

    await house.act(rival, "cancel")  # frees `wanted`, hence `held`
    assert states(await house.registration(mine)) == {str(wanted): ("confirmed", None)}
    assert states(await house.registration(follower)) == {str(held): ("confirmed", None)}


async def test_going_back_to_the_seat_kept(house: House) -> None:
    seminar = await house.seminar(capacity=10)
    held, wanted = await house.workshop(seminar), await house.workshop(seminar, capacity=1)
    await house.register(seminar, None, wanted)
    mine = await house.register(seminar, None, held)
    both = await house.change(mine, wanted)
    repeated = await house.change(mine, *[one["workshop_id"] for one in both["workshops"]])
    assert states(repeated) == states(both)
    back = await house.change(mine, held)
    assert states(back) == {str(held): ("confirmed", None)}
    assert back["workshops"][0]["yields_to"] is None
    assert (await house.get(f"/workshops/{wanted}"))["waitlisted"] == 0


async def test_a_seat_nothing_is_wanted_instead_of_is_given_up_at_once(house: House) -> None:
    seminar = await house.seminar(capacity=10)
    morning, afternoon = await house.workshop(seminar), await house.workshop(seminar, start=4, capacity=1)
    await house.register(seminar, None, afternoon)
    mine = await house.register(seminar, None, morning)
    changed = await house.change(mine, afternoon)
    assert states(changed) == {str(afternoon): ("waitlisted", 1)}
    assert (await house.get(f"/workshops/{morning}"))["confirmed"] == 0


async def test_workshops_can_be_changed_until_the_day_set(house: House) -> None:
    seminar = await house.seminar(change_until=house.days(5).isoformat())
    workshop = await house.workshop(seminar)
    mine = await house.register(seminar)
    house.harness.clock.advance(days=6)
    assert (await house.change(mine, workshop, expect=409))["code"] == "change-closed"
    stale = {"If-Match": '"99"'} | house.animator
    path, body = f"/registrations/{mine['id']}", {"workshop_ids": [str(workshop)]}
    assert (await house.client.patch(path, json=body, headers=house.animator)).status_code == 428
    assert (await house.client.patch(path, json=body, headers=stale)).status_code == 412
    fresh = {"If-Match": f'"{mine["version"]}"'} | house.animator
    assert (await house.client.patch(path, json=body, headers=fresh)).status_code == 200


async def test_more_seats_go_to_those_who_wait(house: House) -> None:
    seminar = await house.seminar(capacity=10)
    workshop = await house.workshop(seminar, capacity=1)
    made = [await house.register(seminar, None, workshop) for _ in range(4)]
    await house.patch(f"/workshops/{workshop}", {"capacity": 3}, {})
    now = [states(await house.registration(one))[str(workshop)] for one in made]
    assert now == [("confirmed", None)] * 3 + [("waitlisted", 1)]
    problem = await house.patch(f"/workshops/{workshop}", {"capacity": 2}, {}, expect=409)
    assert problem["code"] == "capacity-below-held"
    unlimited = await house.patch(f"/workshops/{workshop}", {"capacity": None}, {})
    assert (unlimited["confirmed"], unlimited["waitlisted"], unlimited["seats_left"]) == (4, 0, None)


async def test_times_that_would_tear_someone_apart_are_refused(house: House) -> None:
    seminar = await house.seminar()
    morning, afternoon = await house.workshop(seminar, start=0), await house.workshop(seminar, start=4)
    await house.register(seminar, None, morning, afternoon)
    clash = {"starts_at": seminar["starts_at"], "ends_at": house.days(30.1).isoformat()}
    assert (await house.patch(f"/workshops/{afternoon}", clash, {}, expect=409))["code"] == "workshop-clash"
    outside = {"ends_at": house.days(40).isoformat()}
    assert (await house.patch(f"/workshops/{afternoon}", outside, {}, expect=422))["code"] == "times-invalid"


async def test_a_workshop_is_removed_only_while_nobody_has_chosen_it(house: House) -> None:
    seminar = await house.seminar()
    chosen, free = await house.workshop(seminar), await house.workshop(seminar, start=4)
    await house.register(seminar, None, chosen)
    headers = house.animator | {"If-Match": '"1"'}
    assert (await house.client.delete(f"/workshops/{chosen}", headers=headers)).status_code == 409
    assert (await house.client.delete(f"/workshops/{free}", headers=headers)).status_code == 204
    listed = await house.get(f"/seminars/{seminar['id']}/workshops")
    assert [one["id"] for one in listed["items"]] == [str(chosen)]
    await house.get(f"/workshops/{free}", expect=404)
