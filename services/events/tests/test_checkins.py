"""Check-in: one ticket is one presence, and a wrong one is told what is wrong."""

from __future__ import annotations

from typing import Any

House = Any


async def scan(house: House, seminar: dict[str, Any], code: str, expect: int, **more: Any) -> dict[str, Any]:
    path, body = f"/seminars/{seminar['id']}/check-ins", {"ticket_code": code} | more
    answer: dict[str, Any] = await house.post(path, house.animator, json=body, expect=expect)
    return answer


async def test_the_same_scan_twice_is_one_presence(house: House) -> None:
    seminar = await house.seminar()
    registration = await house.register(seminar)
    first = await scan(house, seminar, registration["ticket_code"], 201)
    typed = registration["ticket_code"].lower()
    again = await scan(house, seminar, f" {typed[:4]}-{typed[4:]} ", 200)
    assert again == first
    assert (await house.registration(registration))["attended"] is True
    (told,) = await house.told("attendance.recorded")
    assert (told["registration_id"], told["workshop_id"]) == (registration["id"], None)
    listed = await house.get(f"/seminars/{seminar['id']}/attendances", house.animator)
    assert [one["id"] for one in listed["items"]] == [first["id"]]


async def test_a_workshop_s_presence_is_its_own(house: House) -> None:
    seminar = await house.seminar()
    chosen, other = await house.workshop(seminar), await house.workshop(seminar, start=4)
    code = (await house.register(seminar, None, chosen))["ticket_code"]
    whole = await scan(house, seminar, code, 201)
    part = await scan(house, seminar, code, 201, workshop_id=str(chosen))
    assert part["id"] != whole["id"]
    assert (await scan(house, seminar, code, 200, workshop_id=str(chosen)))["id"] == part["id"]
    assert (await scan(house, seminar, code, 409, workshop_id=str(other)))["code"] == "not-in-workshop"


async def test_wrong_tickets_are_told_apart(house: House) -> None:
    seminar, other = await house.seminar(), await house.seminar()
    here, gone = await house.register(seminar), await house.register(seminar)
    elsewhere = await house.workshop(other)
    await house.act(gone, "cancel")
    code = here["ticket_code"]
    assert (await scan(house, seminar, "A" * 26, 404))["code"] == "unknown-ticket"
    assert (await scan(house, other, code, 409))["code"] == "ticket-of-other-seminar"
    assert (await scan(house, seminar, gone["ticket_code"], 409))["code"] == "ticket-cancelled"
    assert (await scan(house, seminar, code, 422, workshop_id=str(elsewhere)))["code"] == "unknown-workshop"
    assert await house.told("attendance.recorded") == []


async def test_undoing_a_check_in(house: House) -> None:
    seminar = await house.seminar()
    registration = await house.register(seminar)
    noted = await scan(house, seminar, registration["ticket_code"], 201)
    assert (await house.act(registration, "cancel", expect=409))["code"] == "already-attended"
    path, headers = f"/attendances/{noted['id']}", house.animator
    assert (await house.client.delete(path, headers=headers)).status_code == 428
    assert (await house.client.delete(path, headers=headers | {"If-Match": '"1"'})).status_code == 204
    assert (await house.registration(registration))["attended"] is False
    assert [one["attendance_id"] for one in await house.told("attendance.withdrawn")] == [noted["id"]]
    await scan(house, seminar, registration["ticket_code"], 201)


async def test_only_animators_check_in_and_only_owners_see_tickets(house: House) -> None:
    seminar = await house.seminar(capacity=1)
    registration, waiting = await house.register(seminar), await house.register(seminar)
    assert waiting["ticket_code"] is None
    body = {"ticket_code": registration["ticket_code"]}
    owner = house.as_(registration["coordinator_id"])
    await house.post(f"/seminars/{seminar['id']}/check-ins", owner, json=body, expect=403)
    ticket = await house.client.get(f"/registrations/{registration['id']}/ticket.svg", headers=owner)
    assert ticket.headers["content-type"] == "image/svg+xml"
    assert ticket.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    await house.get(
        f"/registrations/{waiting['id']}/ticket.svg", house.as_(waiting["coordinator_id"]), expect=404
    )


async def test_the_ticket_code_never_travels(house: House) -> None:
    seminar = await house.seminar()
    registration = await house.register(seminar)
    await scan(house, seminar, registration["ticket_code"], 201)
    everything = [str(one.data) for one in await house.harness.recorded()]
    assert not [one for one in everything if registration["ticket_code"] in one]
