"""What leaves the region about a person: her card, whole, when it changes and only then."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maillage.ids import new_id
from maillage_directory.app import service
from maillage_directory.events import MainCommune, PostShown
from maillage_directory.model import Coordinator, CoordinatorChallenge, CoordinatorSkill, Presentation
from maillage_directory.presenting import present_everyone
from maillage_directory.reach import FIELDS, REACHES
from maillage_directory.usecases.presenting import card_of
from sqlalchemy import delete

from .conftest import World

WIDE = {"national", "public"}
MARKS = {
    "name": "Zibeline",
    "email": "adresse@exemple.fr",
    "phone": "06 55 44 33 27",
    "bio": "Parcours singulier",
    "skills": "negociation",
    "challenges": "addictions",
}


def person_with(reach: dict[str, str], status: str = "active") -> Coordinator:
    return Coordinator(
        id=new_id(),
        first_name=MARKS["name"],
        last_name=MARKS["name"] + "son",
        phone=MARKS["phone"],
        bio=MARKS["bio"],
        status=status,
        challenges=[CoordinatorChallenge(challenge=MARKS["challenges"], stance="working")],
        skills=[CoordinatorSkill(skill=MARKS["skills"], stance="offers", level=3)],
        **{f"reach_{field}": value for field, value in reach.items()},
    )


def a_post() -> PostShown:
    place = MainCommune(insee="04112", name="Manosque")
    return PostShown(
        cpts_id=new_id(),
        cpts_name="CPTS d’essai",
        title="coordinator",
        started_on=date(2026, 3, 2),
        commune=place,
        department="04",
        lat=43.8,
        lon=5.8,
    )


@given(
    st.fixed_dictionaries({field: st.sampled_from(REACHES) for field in FIELDS}),
    st.sampled_from(["active", "left", "erased"]),
)
def test_a_card_holds_no_field_of_a_narrower_reach_than_national(reach: dict[str, str], status: str) -> None:
    card = card_of(person_with(reach, status), [a_post()])
    shared = {field for field in ("name", "skills", "challenges") if reach[field] in WIDE}
    if status != "active" or not shared:
        assert card is None
        return
    assert card is not None
    body = card.model_dump_json()
    assert {field for field, mark in MARKS.items() if mark in body} == shared
    assert set(card.shared_fields) == shared
    assert card.reach == {field: reach[field] for field in shared}


async def cards(world: World) -> list[dict[str, Any]]:
    return [one.data for one in await world.harness.recorded("directory.coordinator.presented.v1")]


async def withdrawals(world: World) -> list[str]:
    return [one.entity_id for one in await world.harness.recorded("directory.coordinator.withdrawn.v1")]


async def change(world: World, path: str, **fields: Any) -> None:
    seen = await world.client.get(path, headers=world.animator)
    headers = {**world.animator, "If-Match": seen.headers["etag"]}
    answer = await world.client.patch(path, json=fields, headers=headers)
    assert answer.status_code == 200, answer.text


async def newcomer(world: World, **fields: Any) -> tuple[str, str, str]:
    """Somebody who shares her name with all regions, in post: her id, her CPTS's and her post's."""
    place = await world.cpts(name="CPTS Sud 04")
    shared = {"reach": {"name": "national"}, **fields}
    post = await world.start(place["id"], coordinator=world.profile(**shared))
    return post["coordinator_id"], place["id"], post["id"]


async def test_each_change_of_the_card_is_told_once_and_nothing_else_is(world: World) -> None:
    person, place, post = await newcomer(world, challenges=[{"challenge": "addictions"}])
    (first,) = await cards(world)
    assert (first["first_name"], first["shared_fields"]) == ("Camille", ["name", "challenges"])
    assert [(one["cpts_name"], one["commune"]["name"]) for one in first["posts"]] == [
        ("CPTS Sud 04", "Manosque")
    ]

    await change(world, f"/coordinators/{person}", bio="Autre chose", phone="04 92 00 00 00")
    await change(world, f"/cpts/{place}", population=12_345)
    await world.client.post(f"/coordinators/{person}/confirm", headers=world.animator)
    assert len(await cards(world)) == 1

    await change(world, f"/coordinators/{person}", challenges=[{"challenge": "handicap"}])
    await change(world, f"/cpts/{place}", name="CPTS du Verdon")
    await change(world, f"/coordinators/{person}", reach={"challenges": "region"})
    told = await cards(world)
    assert [len(one["challenges"]) for one in told] == [1, 1, 1, 0]
    assert told[-1]["posts"][0]["cpts_name"] == "CPTS du Verdon"

    await world.client.post(f"/positions/{post}/end", json={}, headers=world.animator)
    assert (len(await cards(world)), await withdrawals(world)) == (4, [person])
    await world.start(place, person)
    assert len(await cards(world)) == 5


async def test_the_order_of_cards_is_theirs_also_across_a_withdrawal(world: World) -> None:
    person, _, _ = await newcomer(world)
    await change(world, f"/coordinators/{person}", reach={"name": "region"})
    await change(world, f"/coordinators/{person}", reach={"name": "public"})
    told = [
        one for one in await world.harness.recorded() if "presented" in one.type or "withdrawn" in one.type
    ]
    assert [one.sequence for one in told] == [1, 2, 3]
    assert told[-1].data["reach"] == {"name": "public", "challenges": "national"}


async def test_who_shares_nothing_is_never_told_of(world: World) -> None:
    await world.person()  # her name is for the region, and she has no challenges
    assert (await cards(world), await withdrawals(world)) == ([], [])


async def test_an_erased_person_leaves_no_card_in_the_journal(world: World) -> None:
    person, _, _ = await newcomer(world)
    path = f"/coordinators/{person}"
    seen = await world.client.get(path, headers=world.animator)
    headers = {**world.animator, "If-Match": seen.headers["etag"]}
    assert (await world.client.delete(path, headers=headers)).status_code == 202
    assert await cards(world) == [{}]
    async with world.harness.db.read() as session:
        assert await session.get(Presentation, UUID(person)) is None


async def test_a_region_that_was_here_before_presents_its_people_once(world: World) -> None:
    for number in range(3):
        await newcomer_without_place(world, number)
    async with world.harness.db.write() as session:
        await session.execute(delete(Presentation))  # as the migration finds it
    before = len(await cards(world))
    await present_everyone(world.harness.app.state.service)
    await present_everyone(world.harness.app.state.service)
    assert len(await cards(world)) == before + 3


async def newcomer_without_place(world: World, number: int) -> None:
    await world.person(first_name=f"Prénom{'abc'[number]}", reach={"name": "public"})


def test_the_card_and_its_withdrawal_leave_the_region_and_the_profile_does_not() -> None:
    public = {event.kind.short for event in service.published if event.kind.public}
    assert {"directory.coordinator.presented.v1", "directory.coordinator.withdrawn.v1"} <= public
    assert not {"directory.coordinator.updated.v1", "directory.contact.changed.v1"} & public


@pytest.mark.parametrize("field", ["email", "phone", "bio"])
async def test_contact_and_free_text_never_leave_even_when_public(world: World, field: str) -> None:
    await newcomer(world, phone=MARKS["phone"], bio=MARKS["bio"], reach={"name": "public", field: "public"})
    (card,) = await cards(world)
    assert field not in card["shared_fields"]
    assert not [mark for mark in (MARKS["phone"], MARKS["bio"], "@") if mark in str(card)]
