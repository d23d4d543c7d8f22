"""What others' events lead to: names, suggestions, departures, erasure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from maillage.ids import new_id
from maillage_events.erasing import erasures
from maillage_events.model import Base, Person
from sqlalchemy import select

House = Any


async def joined(house: House, person: UUID, *, sequence: int = 1, **fields: Any) -> None:
    body = {"coordinator_id": str(person), "first_name": "Léa", "last_name": "Marchetti"}
    body |= {"status": "active", "reach": {"name": "region"}, "challenges": []} | fields
    await house.harness.deliver("directory.coordinator.joined.v1", body, sequence=sequence)


async def started(house: House, person: UUID, *, days_ago: int = 3, post: UUID | None = None) -> UUID:
    post = post or new_id()
    started_on = (house.harness.clock.now() - timedelta(days=days_ago)).date()
    body = {"position_id": str(post), "coordinator_id": str(person), "cpts_id": str(new_id())}
    await house.harness.deliver(
        "directory.position.started.v1", body | {"started_on": started_on.isoformat()}
    )
    return post


async def ended(house: House, person: UUID, post: UUID, **how: Any) -> None:
    body = {"position_id": str(post), "coordinator_id": str(person), "cpts_id": str(new_id())}
    ended_on = house.harness.clock.now().date().isoformat()
    await house.harness.deliver("directory.position.ended.v1", body | {"ended_on": ended_on}, **how)


async def left(house: House, person: UUID, *, sequence: int | None = None) -> None:
    """What the directory says next when it was her last post."""
    await house.harness.deliver(
        "directory.coordinator.left.v1", {"coordinator_id": str(person)}, sequence=sequence
    )


async def erased(house: House, person: UUID) -> UUID:
    """Erased, and confirmed as the leader does in the background."""
    erasure, before = new_id(), await house.told("erasure.confirmed")
    await house.harness.deliver(
        "directory.coordinator.erased.v1", {"coordinator_id": str(person), "erasure_id": str(erasure)}
    )
    assert await house.told("erasure.confirmed") == before
    assert await erasures.one_pass(house.harness.app.state.service) == 1
    assert await erasures.one_pass(house.harness.app.state.service) == 0
    return erasure


async def names_seen(house: House, seminar: dict[str, Any], headers: dict[str, str]) -> list[str | None]:
    listed = await house.get(f"/seminars/{seminar['id']}/registrations", headers)
    return [one["coordinator"] and one["coordinator"]["last_name"] for one in listed["items"]]


async def test_names_are_shown_as_far_as_their_reach(house: House, anyone: UUID) -> None:
    seminar = await house.seminar(capacity=5)
    await joined(house, anyone)
    await house.register(seminar, anyone)
    peer, tokens = house.as_(new_id()), house.harness.tokens
    abroad = tokens.coordinator(region="fr-occ")
    assert await names_seen(house, seminar, peer) == ["Marchetti"]
    assert await names_seen(house, seminar, abroad) == [None]
    await joined(house, anyone, sequence=2, reach={"name": "national"})
    assert await names_seen(house, seminar, abroad) == ["Marchetti"]
    await joined(house, anyone, sequence=1, last_name="Ancien", reach={"name": "public"})
    assert await names_seen(house, seminar, peer) == ["Marchetti"]
    await joined(house, anyone, sequence=3, reach={"name": "self"})
    assert await names_seen(house, seminar, peer) == [None]
    assert await names_seen(house, seminar, house.animator) == ["Marchetti"]
    assert await names_seen(house, seminar, house.as_(anyone)) == ["Marchetti"]
    await house.get(f"/seminars/{seminar['id']}/registrations", expect=401)


async def test_only_confirmed_people_are_listed_to_their_peers(house: House) -> None:
    seminar = await house.seminar(capacity=1)
    await house.register(seminar)
    await house.register(seminar)
    path = f"/seminars/{seminar['id']}/registrations"
    assert len((await house.get(path, house.as_(new_id())))["items"]) == 1
    assert (await house.get(f"{path}?status=waitlisted", house.as_(new_id())))["items"] == []
    assert len((await house.get(f"{path}?status=waitlisted", house.animator))["items"]) == 1


async def test_a_newcomer_is_shown_the_next_seminar(house: House, anyone: UUID) -> None:
    await house.seminar(starts_at=house.days(60).isoformat(), ends_at=house.days(61).isoformat())
    sooner = await house.seminar(tracks=["montee-en-competences"])
    await joined(house, anyone)
    await started(house, anyone)
    await started(house, anyone)  # a second post is no second suggestion
    (told,) = await house.told("seminar.suggested")
    codes = ["newcomer", "next-seminar", "newcomers-track"]
    assert told == {"seminar_id": sooner["id"], "coordinator_id": str(anyone), "reasons": codes}
    (shown,) = (await house.get("/me/suggestions", house.as_(anyone)))["items"]
    assert (shown["seminar"]["id"], [one["code"] for one in shown["reasons"]]) == (sooner["id"], codes)
    assert shown["reasons"][0]["text"] == "Vous venez de prendre votre poste."
    await house.register(sooner, anyone)
    assert (await house.get("/me/suggestions", house.as_(anyone)))["items"] == []


async def test_old_posts_and_rebuilds_suggest_nothing(house: House) -> None:
    await house.seminar()
    old_hand = new_id()
    await joined(house, old_hand)
    await started(house, old_hand, days_ago=101)
    body = {"position_id": str(new_id()), "coordinator_id": str(new_id())}
    body |= {"started_on": house.harness.clock.now().date().isoformat()}
    await house.harness.deliver("directory.position.started.v1", body, replayed=True)
    assert await house.told("seminar.suggested") == []


async def test_a_seminar_published_later_is_suggested_to_newcomers_who_have_none(house: House) -> None:
    newcomer, old_hand, gone = new_id(), new_id(), new_id()
    for person, days in ((newcomer, 10), (old_hand, 200), (gone, 5)):
        await joined(house, person)
        post = await started(house, person, days_ago=days)
    await ended(house, gone, post)
    await left(house, gone)
    first = await house.seminar()
    await house.seminar()
    told = await house.told("seminar.suggested")
    assert [(one["seminar_id"], one["coordinator_id"]) for one in told] == [(first["id"], str(newcomer))]


async def test_when_the_seminar_suggested_is_cancelled_the_next_one_is(house: House, anyone: UUID) -> None:
    first = await house.seminar()
    second = await house.seminar(starts_at=house.days(60).isoformat(), ends_at=house.days(61).isoformat())
    await joined(house, anyone)
    await started(house, anyone)
    await house.post(f"/seminars/{first['id']}/cancel", house.animator)
    assert [one["seminar_id"] for one in await house.told("seminar.suggested")] == [first["id"], second["id"]]


async def test_the_end_of_the_last_post_frees_future_seats(house: House, anyone: UUID) -> None:
    seminar = await house.seminar(capacity=1)
    await joined(house, anyone)
    one_post, other_post = await started(house, anyone), await started(house, anyone)
    mine = await house.register(seminar, anyone)
    waiting = await house.register(seminar)
    await ended(house, anyone, one_post)
    assert (await house.registration(mine))["status"] == "confirmed"
    await ended(house, anyone, other_post)
    await left(house, anyone)
    assert (await house.registration(mine))["cancel_reason"] == "position-ended"
    assert (await house.registration(waiting))["status"] == "offered"


async def test_a_departure_frees_seats_once_it_and_the_end_of_her_post_are_told(
    house: House, anyone: UUID
) -> None:
    seminar = await house.seminar()
    await joined(house, anyone)
    old = await started(house, anyone)
    mine = await house.register(seminar, anyone)
    await ended(house, anyone, old)
    assert (await house.registration(mine))["status"] == "confirmed", "she may have moved to another post"
    new = await started(house, anyone)
    await left(house, anyone, sequence=4)
    assert (await house.registration(mine))["status"] == "confirmed", "a post of hers is not over yet"
    await ended(house, anyone, new)
    assert (await house.registration(mine))["cancel_reason"] == "position-ended"


async def test_a_departure_told_when_she_is_back_frees_nothing(house: House, anyone: UUID) -> None:
    seminar = await house.seminar()
    await joined(house, anyone, sequence=5)
    mine = await house.register(seminar, anyone)
    await left(house, anyone, sequence=4)
    assert (await house.registration(mine))["status"] == "confirmed"


async def test_a_post_told_of_after_its_end_suggests_nothing(house: House, anyone: UUID) -> None:
    await house.seminar()
    post = new_id()
    await joined(house, anyone)
    await ended(house, anyone, post)
    await started(house, anyone, post=post)
    assert await house.told("seminar.suggested") == []


async def test_a_departure_leaves_the_past_alone(house: House, anyone: UUID) -> None:
    seminar = await house.seminar()
    post = await started(house, anyone)
    mine = await house.register(seminar, anyone)
    house.harness.clock.advance(days=40)
    await ended(house, anyone, post)
    await left(house, anyone)
    assert (await house.registration(mine))["status"] == "confirmed"


async def test_who_has_left_is_not_registered_any_more(house: House, anyone: UUID) -> None:
    seminar = await house.seminar()
    mine = await house.register(seminar, anyone)
    await joined(house, anyone)
    await house.harness.deliver("directory.coordinator.left.v1", {"coordinator_id": str(anyone)})
    assert (await house.registration(mine))["status"] == "cancelled"
    assert (await house.register(seminar, anyone, expect=409))["code"] == "coordinator-gone"


async def test_a_profile_told_late_does_not_bring_back_who_has_left(house: House, anyone: UUID) -> None:
    left, profile = "directory.coordinator.left.v1", "directory.coordinator.updated.v1"
    facts = {"coordinator_id": str(anyone), "first_name": "Léa", "last_name": "Marchetti"}
    await house.harness.deliver(profile, facts, sequence=3)
    await house.harness.deliver(left, {"coordinator_id": str(anyone)}, sequence=5)
    await house.harness.deliver(profile, facts, sequence=3)
    seminar = await house.seminar()
    assert (await house.register(seminar, anyone, expect=409))["code"] == "coordinator-gone"

    another = new_id()  # of whom the departure is heard first: gone too, and not without a name
    await house.harness.deliver(left, {"coordinator_id": str(another)}, sequence=5)
    await house.harness.deliver(profile, {**facts, "coordinator_id": str(another)}, sequence=3)
    async with house.harness.db.read() as session:
        person = await session.get(Person, another)
    assert person is not None
    assert (person.status, person.first_name) == ("left", "Léa")

    narrower = {**facts, "last_name": "Roux", "reach": {"name": "self"}}
    await house.harness.deliver(profile, narrower, sequence=4)
    await house.harness.deliver(profile, {**facts, "reach": {"name": "public"}}, sequence=2)
    async with house.harness.db.read() as session:
        person = await session.get_one(Person, anyone)
    told = (person.status, person.last_name, person.name_reach)
    assert told == ("left", "Roux", "self"), "how far her name goes was told before she left, and came after"


async def test_erasure_leaves_counts_and_no_name(house: House, anyone: UUID) -> None:
    seminar = await house.seminar(capacity=1, description="Avec Léa Marchetti et d’autres.")
    speakers = [
        {"name": "Léa Marchetti"},
        {"name": "Une autre"},
        {"name": "L. M.", "coordinator_id": str(anyone)},
    ]
    workshop = await house.workshop(seminar, speakers=speakers)
    past = await house.seminar(starts_at="2021-07-01T08:00:00Z", ends_at="2021-07-02T15:00:00Z", capacity=9)
    await joined(house, anyone)
    await started(house, anyone)
    body = {"coordinator_id": str(anyone), "answers": {"repas": "de la part de Léa"}}
    path = f"/seminars/{past['id']}/registrations"
    made = await house.post(path, house.animator | {"Idempotency-Key": "once"}, json=body, expect=201)
    await house.post(
        f"/seminars/{past['id']}/check-ins",
        house.animator,
        json={"ticket_code": made["ticket_code"]},
        expect=201,
    )
    mine = await house.register(seminar, anyone, workshop)
    answers = {"chambre": "avec léa MARCHETTI"}
    waiting = await house.post(
        f"/seminars/{seminar['id']}/registrations", house.as_(new_id()), json={"answers": answers}, expect=201
    )

    erasure = await erased(house, anyone)
    (confirmed,) = await house.told("erasure.confirmed")
    assert (confirmed["coordinator_id"], confirmed["erasure_id"]) == (str(anyone), str(erasure))
    held = {"registrations": 2, "attendances": 1, "suggestions": 1, "texts": 3, "guest_requests": 0}
    assert confirmed["counts"] == held
    assert (await house.registration(waiting))["status"] == "offered"
    told = await house.told("registration.cancelled")
    assert [(one["registration_id"], one["reason"]) for one in told] == [(mine["id"], "erased")]
    left = await house.registration(made)
    assert (left["status"], left["coordinator_id"], left["coordinator"]) == ("confirmed", None, None)
    assert (left["answers"], left["ticket_code"], left["attended"]) == ({}, None, True)
    assert (await house.get(f"/seminars/{past['id']}"))["confirmed"] == 1
    kept = await everything_kept(house)
    assert not [word for word in ("marchetti", "léa", made["ticket_code"].lower()) if word in kept]
    assert (await house.registration(waiting))["answers"] == {"chambre": "avec …"}


async def test_an_erased_person_does_not_come_back_by_late_news(house: House, anyone: UUID) -> None:
    await erased(house, anyone)
    await joined(house, anyone, sequence=9)
    async with house.harness.db.read() as session:
        person = (await session.scalars(select(Person).where(Person.id == anyone))).one()
    assert (person.status, person.last_name) == ("erased", None)
    await erased(house, anyone)
    assert len(await house.told("erasure.confirmed")) == 2


async def test_an_erased_person_s_started_seminar_can_still_be_closed(house: House, anyone: UUID) -> None:
    seminar = await house.seminar(capacity=1)
    first, offered = await house.register(seminar), await house.register(seminar, anyone)
    await house.act(first, "cancel")
    house.harness.clock.advance(days=30, hours=1)
    await erased(house, anyone)
    await house.harness.fire_timers()
    assert (await house.registration(offered))["status"] == "cancelled"
    await house.post(f"/seminars/{seminar['id']}/complete", house.animator)


async def everything_kept(house: House) -> str:
    """Every value of every row, as text."""
    async with house.harness.db.read() as session:
        tables = [(await session.execute(select(table))).all() for table in Base.metadata.sorted_tables]
    values = [value for rows in tables for row in rows for value in row]
    texts = [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in values]
    return "\n".join(texts).lower()
