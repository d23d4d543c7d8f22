"""Registering, the waiting list, offers and cancellation, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from maillage.ids import new_id

House = Any


async def test_seats_then_waiting_list_with_positions(house: House) -> None:
    seminar = await house.seminar(capacity=2)
    states = [await house.register(seminar) for _ in range(4)]
    assert [one["status"] for one in states] == ["confirmed", "confirmed", "waitlisted", "waitlisted"]
    assert [one["waitlist_position"] for one in states] == [None, None, 1, 2]
    now = await house.get(f"/seminars/{seminar['id']}")
    assert (now["confirmed"], now["waitlisted"], now["seats_left"]) == (2, 2, 0)
    assert [one["position"] for one in await house.told("registration.waitlisted")] == [1, 2]
    assert len(await house.told("registration.confirmed")) == 2


async def test_a_cancelled_seat_is_offered_to_the_next_who_accepts(house: House) -> None:
    seminar = await house.seminar(capacity=1, offer_minutes=60)
    first, second, third = [await house.register(seminar) for _ in range(3)]
    await house.act(first, "cancel")
    offered = await house.registration(second)
    assert offered["status"] == "offered"
    assert offered["offer_expires_at"] == (
        house.harness.clock.now() + timedelta(hours=1)
    ).isoformat().replace("+00:00", "Z")
    assert (await house.registration(third))["waitlist_position"] == 1
    assert (await house.get(f"/seminars/{seminar['id']}"))["seats_left"] == 0

    confirmed = await house.act(second, "accept")
    assert confirmed["status"] == "confirmed"
    assert confirmed["ticket_code"]
    (promoted,) = [one for one in await house.told("registration.confirmed") if one["promoted"]]
    assert promoted["registration_id"] == second["id"]
    (cancelled,) = await house.told("registration.cancelled")
    assert (cancelled["was"], cancelled["reason"]) == ("confirmed", "self")


async def test_an_offer_not_answered_goes_to_the_one_after(house: House) -> None:
    seminar = await house.seminar(capacity=1, offer_minutes=60)
    first, second, third = [await house.register(seminar) for _ in range(3)]
    await house.act(first, "cancel")
    house.harness.clock.advance(minutes=61)
    await house.act(second, "accept", expect=410)
    await house.harness.fire_timers()
    assert (await house.registration(second))["cancel_reason"] == "offer-expired"
    assert (await house.registration(third))["status"] == "offered"
    await house.act(third, "decline")
    assert (await house.registration(third))["cancel_reason"] == "offer-declined"
    now = await house.get(f"/seminars/{seminar['id']}")
    assert (now["confirmed"], now["offered"], now["waitlisted"], now["seats_left"]) == (0, 0, 0, 1)


async def test_an_answered_offer_leaves_its_timer_nothing_to_do(house: House) -> None:
    seminar = await house.seminar(capacity=1, offer_minutes=60)
    first, second = [await house.register(seminar) for _ in range(2)]
    await house.act(first, "cancel")
    await house.act(second, "accept")
    house.harness.clock.advance(hours=2)
    await house.harness.fire_timers()
    assert (await house.registration(second))["status"] == "confirmed"


async def test_one_active_registration_per_person(house: House, anyone: UUID) -> None:
    seminar = await house.seminar()
    first = await house.register(seminar, anyone)
    problem = await house.register(seminar, anyone, expect=409)
    assert problem["code"] == "already-registered"
    assert first["id"] in problem["detail"]
    await house.act(first, "cancel")
    again = await house.register(seminar, anyone)
    assert again["id"] != first["id"]
    mine = await house.get("/me/registrations", house.as_(anyone))
    assert sorted(one["status"] for one in mine["items"]) == ["cancelled", "confirmed"]


async def test_an_agenda_holds_what_is_ahead_of_her_alone(house: House, anyone: UUID) -> None:
    await house.seminar(publish=False, starts_at=house.days(5).isoformat(), ends_at=house.days(6).isoformat())
    later = await house.seminar(starts_at=house.days(60).isoformat(), ends_at=house.days(61).isoformat())
    soon = await house.seminar()
    for seminar in (later, soon):
        await house.register(seminar, anyone)
    await house.register(soon)
    hers = house.as_(anyone)
    listed = (await house.get("/me/registrations", hers))["items"]
    seen = await house.get("/me/agenda", hers)
    assert seen == {
        "seminar": await house.get(f"/seminars/{soon['id']}", hers),
        "registrations": listed,
        "elsewhere": [],
    }
    assert [one["seminar_id"] for one in listed] == [soon["id"], later["id"]]
    assert (await house.get("/me/agenda", house.animator))["registrations"] == []
    house.harness.clock.advance(days=40)
    ahead = await house.get("/me/agenda", hers)
    assert ahead["seminar"]["id"] == later["id"]
    assert [one["seminar_id"] for one in ahead["registrations"]] == [later["id"]]


async def test_the_window_binds_coordinators_and_not_animators(house: House, anyone: UUID) -> None:
    seminar = await house.seminar(
        registration_opens_at=house.days(5).isoformat(), registration_closes_at=house.days(10).isoformat()
    )
    assert (await house.register(seminar, anyone, expect=409))["code"] == "registration-not-open"
    path = f"/seminars/{seminar['id']}/registrations"
    body = {"coordinator_id": str(anyone)}
    made = await house.post(path, house.animator, json=body, expect=201)
    assert made["coordinator_id"] == str(anyone)
    house.harness.clock.advance(days=11)
    assert (await house.register(seminar, expect=409))["code"] == "registration-closed"
    await house.post(path, house.animator, json={"coordinator_id": str(new_id())}, expect=201)


async def test_only_animators_register_others_and_operators_must_say_whom(house: House, anyone: UUID) -> None:
    seminar = await house.seminar()
    path, body = f"/seminars/{seminar['id']}/registrations", {"coordinator_id": str(anyone)}
    await house.post(path, house.as_(new_id()), json=body, expect=403)
    await house.post(path, json=body, expect=401)
    problem = await house.post(path, house.harness.tokens.admin(), json={}, expect=422)
    assert problem["code"] == "coordinator-missing"


async def test_what_is_not_yours_is_not_shown_or_touched(house: House) -> None:
    seminar = await house.seminar()
    registration = await house.register(seminar)
    stranger = house.as_(new_id())
    await house.get(f"/registrations/{registration['id']}", stranger, expect=403)
    for action in ("cancel", "accept", "decline"):
        await house.post(f"/registrations/{registration['id']}/{action}", stranger, expect=403)
    listed = await house.get(f"/seminars/{seminar['id']}/registrations", stranger)
    (seen,) = listed["items"]
    assert (seen["ticket_code"], seen["answers"], seen["workshops"]) == (None, None, [])


async def test_cancelling_twice_is_harmless_and_after_the_start_the_animator_s(house: House) -> None:
    seminar = await house.seminar()
    first, second = await house.register(seminar), await house.register(seminar)
    await house.act(first, "cancel")
    assert (await house.act(first, "cancel"))["status"] == "cancelled"
    house.harness.clock.advance(days=30, hours=1)
    assert (await house.act(second, "cancel", expect=409))["code"] == "seminar-started"
    path = f"/registrations/{second['id']}/cancel"
    cancelled = await house.post(path, house.animator, json={"reason": "absente"})
    assert cancelled["cancel_reason"] == "animator"
    assert len(await house.told("registration.cancelled")) == 2


async def test_no_offer_to_answer(house: House) -> None:
    seminar = await house.seminar(capacity=1)
    confirmed, waiting = await house.register(seminar), await house.register(seminar)
    for one in (confirmed, waiting):
        assert (await house.act(one, "accept", expect=409))["code"] == "no-offer"
        assert (await house.act(one, "decline", expect=409))["code"] == "no-offer"


async def test_the_same_request_sent_twice_is_one_registration(house: House, anyone: UUID) -> None:
    seminar = await house.seminar()
    path, headers = f"/seminars/{seminar['id']}/registrations", house.as_(anyone) | {"Idempotency-Key": "k1"}
    first = await house.client.post(path, json={}, headers=headers)
    again = await house.client.post(path, json={}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    other = await house.client.post(path, json={"answers": {"repas": "sans"}}, headers=headers)
    assert other.status_code == 422


async def test_at_the_door_a_free_seat_is_for_who_is_there(house: House, anyone: UUID) -> None:
    seminar = await house.seminar(capacity=1)
    absent, waiting = await house.register(seminar), await house.register(seminar)
    house.harness.clock.advance(days=30, hours=1)
    await house.post(f"/registrations/{absent['id']}/cancel", house.animator)
    assert (await house.registration(waiting))["status"] == "waitlisted"
    path, body = f"/seminars/{seminar['id']}/registrations", {"coordinator_id": str(anyone)}
    assert (await house.post(path, house.animator, json=body, expect=201))["status"] == "confirmed"
    full = await house.post(path, house.animator, json={"coordinator_id": str(new_id())}, expect=201)
    assert (full["status"], full["waitlist_position"]) == ("waitlisted", 2)
