"""The guest's side: seminars of other regions, seats asked for there, and what their hosts answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from maillage.events import Permanent
from maillage.ids import new_id
from maillage_events.model import NeighbourSeminar

from .conftest import House, Json
from .test_guests import Peer


@pytest.fixture
def peer(house: House) -> Peer:
    return Peer(house)


async def opens(house: House, peer: Peer, seminar: UUID, number: int | None = 1, **facts: Any) -> None:
    body = {
        "seminar_id": str(seminar),
        "title": "Journées d’Occitanie",
        "starts_at": house.days(20),
        "ends_at": house.days(21),
        "time_zone": "Europe/Paris",
        "city": "Albi",
        "capacity": 30,
        "seats_left": 12,
        "registration_opens_at": house.days(-1),
        "registration_closes_at": house.days(15),
        "sequence": 0,
        "a_field_added_later": True,
        **facts,
    }
    await peer.says("events.seminar.opened.v1", number, **body)


async def neighbour(house: House, reach: str = "national") -> UUID:
    """One of our coordinators, whose name has this reach."""
    person = new_id()
    facts = {"coordinator_id": person, "first_name": "Maïa", "last_name": "Blanc", "reach": {"name": reach}}
    await house.harness.deliver("directory.coordinator.joined.v1", facts, sequence=1)
    return person


async def asked(house: House, peer: Peer, person: UUID | None = None) -> Json:
    seminar = new_id()
    await opens(house, peer, seminar)
    who = person or await neighbour(house)
    return await house.post(f"/neighbour-seminars/{seminar}/registrations", house.as_(who), expect=201)


async def answered(peer: Peer, request: Json, status: str, sequence: int | None = 1, **more: Any) -> None:
    body = {name: request[name] for name in ("seminar_id", "coordinator_id")}
    body |= {"guest_id": request["id"], "guest_region": "fr-pac", "status": status}
    await peer.says("events.guest.answered.v1", sequence, **body, **more)


async def now(house: House, request: Json) -> Json:
    owner = house.as_(UUID(request["coordinator_id"]))
    return await house.get(f"/guest-registrations/{request['id']}", owner)


async def act(house: House, request: Json, verb: str, *, expect: int = 200) -> Json:
    owner = house.as_(UUID(request["coordinator_id"]))
    return await house.post(f"/guest-registrations/{request['id']}/{verb}", owner, expect=expect)


async def test_seminars_of_other_regions_are_listed_with_their_region_until_shut(
    house: House, peer: Peer
) -> None:
    seminar = new_id()
    await opens(house, peer, seminar, url="javascript:alert(1)")
    (shown,) = (await house.get("/neighbour-seminars?upcoming=true&region=fr-occ"))["items"]
    assert (shown["region"], shown["title"], shown["open"]) == ("fr-occ", "Journées d’Occitanie", True)
    assert shown["url"] is None
    assert (await house.get("/neighbour-seminars?region=fr-cor"))["items"] == []
    assert (await house.get("/seminars"))["items"] == []
    await opens(house, peer, seminar, 3, seats_left=4)
    await opens(house, peer, seminar, 2, seats_left=7)  # late
    assert (await house.get(f"/neighbour-seminars/{seminar}"))["seats_left"] == 4
    await peer.says("events.seminar.shut.v1", 5, seminar_id=str(seminar), reason="completed")
    await opens(house, peer, seminar, 4)
    assert (await house.get("/neighbour-seminars"))["items"] == []


async def test_one_that_is_shut_before_it_opened_stays_shut(house: House, peer: Peer) -> None:
    seminar = new_id()
    await peer.says("events.seminar.shut.v1", 2, seminar_id=str(seminar), reason="cancelled")
    await house.get(f"/neighbour-seminars/{seminar}", expect=404)
    await opens(house, peer, seminar, 1)
    assert (await house.get("/neighbour-seminars"))["items"] == []


@pytest.mark.parametrize("numbered", [True, False])
async def test_what_was_told_before_the_end_is_known_also_when_it_comes_after(
    house: House, peer: Peer, numbered: bool
) -> None:
    seminar, start = new_id(), house.harness.clock.now()

    async def opened(number: int, city: str) -> None:
        house.harness.clock.set(start + timedelta(minutes=number))
        await opens(house, peer, seminar, number if numbered else None, city=city)

    await opened(1, "Albi")
    house.harness.clock.set(start + timedelta(minutes=4))
    shut = {"seminar_id": str(seminar), "reason": "cancelled"}
    await peer.says("events.seminar.shut.v1", 4 if numbered else None, **shut)
    await opened(3, "Castres")
    await opened(2, "Gaillac")
    async with house.harness.db.read() as session:
        kept = await session.get_one(NeighbourSeminar, seminar)
    assert (kept.status, kept.city) == ("shut", "Castres")


async def test_a_region_that_numbers_nothing_is_ordered_by_time(house: House, peer: Peer) -> None:
    seminar = new_id()
    await opens(house, peer, seminar, None)
    house.harness.clock.advance(minutes=1)
    await opens(house, peer, seminar, None, title="Journées d’automne")
    assert (await house.get(f"/neighbour-seminars/{seminar}"))["title"] == "Journées d’automne"


async def test_a_request_goes_out_and_its_answers_come_in(house: House, peer: Peer) -> None:
    request = await asked(house, peer)
    assert request["status"] == "requested"
    (sent,) = await house.told("guest.requested")
    assert (sent["guest_id"], sent["host_region"]) == (request["id"], "fr-occ")
    assert "Blanc" not in str(sent)
    await answered(peer, request, "waitlisted", 1, position=3)
    assert (await now(house, request))["waitlist_position"] == 3
    await answered(peer, request, "offered", 2, expires_at=house.days(2))
    taken = await act(house, request, "accept")
    await act(house, request, "accept")
    assert (taken["status"], taken["accepted_at"] is not None) == ("offered", True)
    assert len(await house.told("guest.accepted")) == 1
    await answered(peer, request, "confirmed", 3)
    await answered(peer, request, "waitlisted", 1, position=3)  # late
    final = await now(house, request)
    assert (final["status"], final["waitlist_position"], final["offer_expires_at"]) == (
        "confirmed",
        None,
        None,
    )
    decided = await house.told("guest.decided")
    assert [one["status"] for one in decided] == ["waitlisted", "offered", "confirmed"]
    assert (decided[-1]["title"], decided[-1]["city"]) == ("Journées d’Occitanie", "Albi")
    owner = house.as_(UUID(request["coordinator_id"]))
    (mine,) = (await house.get("/me/guest-registrations?upcoming=true", owner))["items"]
    assert mine["id"] == request["id"]
    assert (await house.get("/me/agenda", owner))["elsewhere"] == [mine]
    calendar = await house.client.get(f"/guest-registrations/{request['id']}.ics", headers=owner)
    assert "STATUS:CONFIRMED" in calendar.text


@pytest.mark.parametrize("reach", ["region", None])
async def test_without_a_shared_name_she_is_told_what_to_do(
    house: House, peer: Peer, reach: str | None
) -> None:
    person = await neighbour(house, reach) if reach else new_id()
    seminar = new_id()
    await opens(house, peer, seminar)
    path = f"/neighbour-seminars/{seminar}/registrations"
    refusal = await house.post(path, house.as_(person), expect=409)
    assert refusal["code"] == "name-not-shared"
    assert "profil" in refusal["detail"]
    assert await house.told("guest.requested") == []


async def test_the_same_key_asks_once_and_a_second_request_names_the_first(house: House, peer: Peer) -> None:
    person, seminar = await neighbour(house), new_id()
    await opens(house, peer, seminar)
    path, headers = f"/neighbour-seminars/{seminar}/registrations", house.as_(person)
    first, again = [
        await house.client.post(path, headers=headers | {"Idempotency-Key": "une-fois"}) for _ in range(2)
    ]
    assert (first.json()["id"], again.headers["idempotent-replayed"]) == (again.json()["id"], "true")
    refusal = await house.post(path, headers, expect=409)
    assert refusal["code"] == "already-registered"
    assert refusal["errors"][0]["detail"] == first.json()["id"]
    assert len(await house.told("guest.requested")) == 1


async def test_what_she_gives_up_stays_given_up_whatever_is_answered(house: House, peer: Peer) -> None:
    request = await asked(house, peer)
    assert (await act(house, request, "cancel"))["status"] == "cancelled"
    await act(house, request, "cancel")
    assert len(await house.told("guest.withdrawn")) == 1
    await answered(peer, request, "confirmed", 1)
    assert (await now(house, request))["status"] == "cancelled"
    await act(house, request, "accept", expect=409)
    await house.post(
        f"/neighbour-seminars/{request['seminar_id']}/registrations",
        house.as_(UUID(request["coordinator_id"])),
        expect=201,
    )


async def test_a_seminar_called_off_ends_every_request_once(house: House, peer: Peer) -> None:
    request = await asked(house, peer)
    await peer.says("events.seminar.shut.v1", 2, seminar_id=request["seminar_id"], reason="cancelled")
    await answered(peer, request, "cancelled", 2, reason="seminar-cancelled")
    state = await now(house, request)
    assert (state["status"], state["reason"]) == ("cancelled", "seminar-cancelled")
    assert [one["status"] for one in await house.told("guest.decided")] == ["cancelled"]


async def test_an_address_with_a_line_end_in_it_is_not_kept(house: House, peer: Peer) -> None:
    """Found by the fuzz: the calendar file of a seat there was a 500."""
    request = await asked(house, peer)
    await opens(house, peer, UUID(request["seminar_id"]), 2, url="https://exemple.fr/a\r\nX-EVIL:b")
    owner = house.as_(UUID(request["coordinator_id"]))
    calendar = await house.client.get(f"/guest-registrations/{request['id']}.ics", headers=owner)
    assert calendar.status_code == 200
    assert "EVIL" not in calendar.text


async def test_who_holds_a_seat_hears_when_her_calendar_changes(house: House, peer: Peer) -> None:
    request = await asked(house, peer)
    await answered(peer, request, "confirmed", 1)
    await opens(house, peer, UUID(request["seminar_id"]), 2, sequence=1, city="Castres")
    await opens(house, peer, UUID(request["seminar_id"]), 3, sequence=1, city="Castres", seats_left=1)
    told = await house.told("guest.decided")
    assert [(one["reason"], one["city"]) for one in told] == [(None, "Albi"), ("seminar-updated", "Castres")]
    assert told[1]["sequence"] > told[0]["sequence"]


async def test_only_the_region_that_was_asked_may_answer(house: House, peer: Peer) -> None:
    request = await asked(house, peer)
    with pytest.raises(Permanent):
        await answered(Peer(house, "fr-cor"), request, "confirmed")
    await peer.says("events.guest.answered.v1", guest_id=new_id(), guest_region="fr-pac", status="confirmed")
    assert (await now(house, request))["status"] == "requested"


async def test_others_see_and_change_nothing_of_her_request(house: House, peer: Peer) -> None:
    request = await asked(house, peer)
    stranger = house.as_(new_id())
    await house.get(f"/guest-registrations/{request['id']}", stranger, expect=403)
    await house.post(f"/guest-registrations/{request['id']}/cancel", stranger, expect=403)


@pytest.mark.parametrize("how", ["left", "erased"])
async def test_who_goes_gives_her_seats_abroad_back(house: House, peer: Peer, how: str) -> None:
    person = await neighbour(house)
    request = await asked(house, peer, person)
    more = {"left_on": "2026-11-30"} if how == "left" else {"erasure_id": new_id()}
    await house.harness.deliver(f"directory.coordinator.{how}.v1", {"coordinator_id": person, **more})
    (withdrawn,) = await house.told("guest.withdrawn")
    assert withdrawn["guest_id"] == request["id"]
    if how == "erased":
        path = f"/guest-registrations/{request['id']}"
        await house.get(path, house.as_(person), expect=401)  # her token has ended with her account
        await house.get(path, house.animator, expect=404)
