"""The host's side: coordinators of other regions at our desk, by events that come in any order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from maillage.events import Permanent
from maillage.ids import new_id

from .conftest import House, Json

AWAY = "fr-occ"


class Peer:
    """Another region, as its events arrive here."""

    def __init__(self, house: House, region: str = AWAY) -> None:
        self.house, self.region = house, region

    async def says(self, event: str, number: int | None = None, **data: Any) -> None:
        await self.house.harness.deliver(event, data, region=self.region, sequence=number)

    async def presents(self, person: UUID, name: str | None = "Garance", sequence: int = 1) -> None:
        await self.says(
            "directory.coordinator.presented.v1",
            sequence,
            coordinator_id=str(person),
            first_name=name,
            last_name=name and "Delmas",
            shared_fields=["name"] if name else ["challenges"],
            reach={"name": "national"} if name else {"challenges": "national"},
        )

    async def guest(self, verb: str, seminar: Json, person: UUID, guest: UUID, **data: Any) -> None:
        body = {"guest_id": str(guest), "seminar_id": seminar["id"], "coordinator_id": str(person)}
        when = {"requested_at": self.house.harness.clock.now()} if verb == "requested" else {}
        await self.says(f"events.guest.{verb}.v1", **body, host_region="fr-pac", **when, **data)

    async def asks(self, seminar: Json, person: UUID | None = None) -> tuple[UUID, UUID]:
        """A new request: its number and who asks."""
        guest, who = new_id(), person or new_id()
        await self.guest("requested", seminar, who, guest)
        return guest, who


@pytest.fixture
def peer(house: House) -> Peer:
    return Peer(house)


async def answers(house: House, guest: UUID) -> list[tuple[str, Any]]:
    """What a guest's region was told of her: the state, with its position, deadline or reason."""
    told = [one for one in await house.told("guest.answered") if one["guest_id"] == str(guest)]
    return [(one["status"], one["position"] or one["reason"]) for one in told]


async def national(house: House, **fields: Any) -> Json:
    return await house.seminar(audience="national", **fields)


async def test_a_guest_is_seated_by_name_and_no_event_of_our_region_speaks_of_her(
    house: House, peer: Peer
) -> None:
    seminar = await national(house)
    guest, who = await peer.asks(seminar)
    await peer.presents(who)  # the card may come after the request
    (shown,) = (await house.get(f"/seminars/{seminar['id']}/registrations", house.animator))["items"]
    assert (shown["id"], shown["guest_region"], shown["status"]) == (str(guest), AWAY, "confirmed")
    assert shown["coordinator"] == {"first_name": "Garance", "last_name": "Delmas"}
    assert await answers(house, guest) == [("confirmed", None)]
    checked_in = {"ticket_code": shown["ticket_code"]}
    await house.post(f"/seminars/{seminar['id']}/check-ins", house.animator, json=checked_in, expect=201)
    ours = [one.type for one in await house.harness.recorded() if str(who) in str(one.data)]
    assert set(ours) == {"fr.maillage.events.guest.answered.v1"}


async def test_guests_and_our_own_share_seats_and_queue(house: House, peer: Peer) -> None:
    seminar = await national(house, capacity=1)
    ours = await house.register(seminar)
    guest, who = await peer.asks(seminar)
    other, _ = await peer.asks(seminar)
    assert await answers(house, guest) == [("waitlisted", 1)]
    assert await answers(house, other) == [("waitlisted", 2)]
    await house.act(ours, "cancel")
    assert (await answers(house, guest))[-1][0] == "offered"
    await peer.guest("accepted", seminar, who, guest)
    assert (await answers(house, guest))[-1] == ("confirmed", None)
    await peer.guest("withdrawn", seminar, who, guest)
    assert (await answers(house, guest))[-1] == ("cancelled", "self")
    assert (await answers(house, other))[-1][0] == "offered"
    house.harness.clock.advance(days=3)
    await house.harness.fire_timers()
    assert (await answers(house, other))[-1] == ("cancelled", "offer-expired")


async def test_what_is_told_again_or_too_early_changes_nothing(house: House, peer: Peer) -> None:
    seminar = await national(house)
    guest, who = await peer.asks(seminar)
    await peer.guest("requested", seminar, who, guest)
    assert await answers(house, guest) == [("confirmed", None)]
    early, someone = new_id(), new_id()
    await peer.guest("accepted", seminar, someone, early)
    await peer.guest("withdrawn", seminar, someone, early)
    await peer.guest("requested", seminar, someone, early)
    assert await answers(house, early) == []
    assert (await house.get(f"/seminars/{seminar['id']}"))["confirmed"] == 1


async def test_what_cannot_be_is_refused_with_the_reason(house: House, peer: Peer) -> None:
    regional = await house.seminar()
    later = await national(house, registration_opens_at=house.days(5).isoformat())
    twice = await national(house)
    _, who = await peer.asks(twice)
    for seminar, person, reason in (
        (regional, None, "seminar-not-open"),
        (later, None, "registration-not-open"),
        (twice, who, "already-registered"),
        ({"id": str(new_id())}, None, "unknown-seminar"),
    ):
        guest, _ = await peer.asks(seminar, person)
        assert await answers(house, guest) == [("refused", reason)]


async def test_a_region_speaks_for_its_own_people_and_requests_only(house: House, peer: Peer) -> None:
    seminar = await national(house)
    guest, who = await peer.asks(seminar)
    await peer.presents(who)
    ours = new_id()
    await house.harness.deliver(
        "directory.coordinator.joined.v1",
        {"coordinator_id": ours, "first_name": "Maïa", "last_name": "Blanc", "reach": {"name": "national"}},
    )
    thief = Peer(house, "fr-cor")
    for attempt in (
        thief.presents(who, "Autre"),
        thief.guest("withdrawn", seminar, who, guest),
        thief.guest("requested", seminar, who, new_id()),
        thief.guest("requested", seminar, ours, new_id()),
        thief.says("directory.coordinator.erased.v1", coordinator_id=str(ours), erasure_id=str(new_id())),
    ):
        with pytest.raises(Permanent):
            await attempt
    assert (await house.get(f"/seminars/{seminar['id']}"))["confirmed"] == 1


async def test_requests_to_another_host_are_none_of_ours(house: House, peer: Peer) -> None:
    seminar = await national(house)
    body = {"guest_id": new_id(), "seminar_id": seminar["id"], "coordinator_id": new_id()}
    await peer.says("events.guest.requested.v1", **body, host_region="fr-cor", requested_at=house.days(0))
    assert await house.told("guest.answered") == []


async def test_erasure_over_there_empties_the_seat_here_and_is_confirmed(house: House, peer: Peer) -> None:
    from maillage_events.erasing import erasures

    seminar = await national(house, capacity=1)
    _, who = await peer.asks(seminar)
    await peer.presents(who)
    waiting = await house.register(seminar)
    unheard = new_id()
    for person in (who, unheard):
        await peer.says(
            "directory.coordinator.erased.v1", coordinator_id=str(person), erasure_id=str(new_id())
        )
    mine = await house.harness.client.get(
        "/me/registrations", headers=house.harness.tokens.coordinator(unheard)
    )
    assert mine.status_code == 200, "the same id here is another's: a neighbour's word ends no token of ours"
    await erasures.one_pass(house.harness.app.state.service)
    confirmed = await house.told("erasure.confirmed")
    assert {one["coordinator_id"] for one in confirmed} == {str(who), str(unheard)}
    assert (await house.registration(waiting))["status"] == "offered"
    listed = await house.get(f"/seminars/{seminar['id']}/registrations", house.animator)
    assert "Garance" not in str(listed) + str(await house.harness.recorded())
    assert str(who) not in str(listed)
    await peer.presents(who, sequence=9)  # late news of her brings nothing back
    await peer.asks(seminar, who)
    again = await house.get(f"/seminars/{seminar['id']}/registrations", house.animator)
    assert "Garance" not in str(again)
    assert len(again["items"]) == len(listed["items"])


async def test_other_regions_hear_of_a_seminar_when_what_they_see_changes(house: House, peer: Peer) -> None:
    regional = await house.seminar()
    seminar = await national(house)
    await house.workshop(seminar)
    await house.patch(f"/seminars/{seminar['id']}", {"summary": "Deux jours", "offer_minutes": 60}, seminar)
    told = await house.told("seminar.opened")
    assert [(one["seminar_id"], one["seats_left"]) for one in told] == [(seminar["id"], 2)]
    assert told[0]["url"].endswith(f"/seminaires/{seminar['slug']}")
    await house.register(seminar)
    await peer.asks(seminar)
    assert [one["seats_left"] for one in await house.told("seminar.opened")] == [2, 1, 0]
    await house.patch(f"/seminars/{seminar['id']}", {"audience": "region"}, seminar)
    await house.patch(f"/seminars/{seminar['id']}", {"audience": "national"}, seminar)
    await house.post(f"/seminars/{seminar['id']}/cancel", house.animator)
    await house.post(f"/seminars/{regional['id']}/cancel", house.animator)
    assert [one["reason"] for one in await house.told("seminar.shut")] == ["withdrawn", "cancelled"]
    across = [
        one
        for one in await house.harness.recorded()
        if one.type.endswith(("seminar.opened.v1", "seminar.shut.v1"))
    ]
    assert [one.sequence for one in across] == list(range(1, len(across) + 1))
