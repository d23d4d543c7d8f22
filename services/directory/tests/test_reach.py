"""One policy, everywhere: viewer × field × reach × route, searches and events included."""

import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maillage.auth import Principal
from maillage.ids import new_id
from maillage_directory.model import Coordinator
from maillage_directory.reach import DEFAULTS, FIELDS, REACHES, hidden_fields, readable, viewer
from sqlalchemy import select

from .conftest import World

REGION = "fr-pac"
CIRCLES = {
    "anonymous": {"public"},
    "elsewhere": {"public", "national"},
    "elsewhere-animator": {"public", "national"},
    "service": {"public", "national", "region"},
    "colleague": {"public", "national", "region", "collective"},
    "animator": set(REACHES),
    "admin": set(REACHES),
    "owner": set(REACHES),
}
"""The rule as the design words it, written down once more and by hand."""


def principal(kind: str, owner: UUID) -> Principal | None:
    roles = {
        "elsewhere": {"coordinator"},
        "elsewhere-animator": {"coordinator", "animator"},
        "service": {"service"},
        "colleague": {"coordinator"},
        "animator": {"coordinator", "animator"},
        "admin": {"admin"},
        "owner": {"coordinator"},
    }
    if kind == "anonymous":
        return None
    region = "fr-occ" if kind.startswith("elsewhere") else REGION
    return Principal(owner if kind == "owner" else new_id(), frozenset(roles[kind]), region)


@given(
    st.sampled_from(sorted(CIRCLES)),
    st.fixed_dictionaries({field: st.sampled_from(REACHES) for field in FIELDS}),
)
def test_a_viewer_sees_exactly_the_circles_she_stands_in(kind: str, reach: dict[str, str]) -> None:
    person = Coordinator(id=new_id(), **{f"reach_{field}": value for field, value in reach.items()})
    looking = viewer(principal(kind, person.id), REGION)
    hidden = set(hidden_fields(person, looking))
    assert hidden == {field for field, value in reach.items() if value not in CIRCLES[kind]}


@given(st.sampled_from(sorted(CIRCLES)), st.sampled_from(FIELDS), st.integers(0, 3))
def test_a_wider_reach_never_hides_more(kind: str, field: str, place: int) -> None:
    owner = new_id()
    looking = viewer(principal(kind, owner), REGION)
    narrow, wide = REACHES[place], REACHES[place + 1]
    assert looking.may_see(owner, wide) >= looking.may_see(owner, narrow)


SKILLS = ["negociation", "rgpd", "si-sante", "partenariats", "prise-de-parole"]
CHALLENGES = ["addictions", "handicap", "ville-hopital", "sante-mentale", "maladies-chroniques"]


def markers(number: int) -> dict[str, str]:
    """A value for each field that is found nowhere else."""
    return {
        "name": f"Zibeline{'abcdefgh'[number]}",
        "email": f"adresse{number}q@exemple.fr",
        "phone": f"06 55 44 33 {number}7",
        "bio": f"Parcours singulier numéro {number}.",
        "skills": ["negociation", "rgpd", "si-sante", "partenariats", "prise-de-parole"][number],
        "challenges": ["addictions", "handicap", "ville-hopital", "sante-mentale", "maladies-chroniques"][
            number
        ],
    }


async def people(world: World) -> list[dict[str, Any]]:
    """Five coordinators in post; between them every field has every reach a field may have."""
    made = []
    for number in range(5):
        marks = markers(number)
        reach = {field: REACHES[(number + place) % 5] for place, field in enumerate(FIELDS)}
        reach["name"] = "collective" if reach["name"] == "self" else reach["name"]
        place = await world.cpts()
        profile = world.profile(
            first_name=marks["name"],
            last_name=marks["name"] + "son",
            email=marks["email"],
            phone=marks["phone"],
            bio=marks["bio"],
            skills=[{"skill": marks["skills"]}],
            challenges=[{"challenge": marks["challenges"]}],
            reach=reach,
        )
        body = {"coordinator": profile}
        path = f"/cpts/{place['id']}/positions"
        post = (await world.client.post(path, json=body, headers=world.animator)).json()
        made.append({"id": post["coordinator_id"], "post": post["id"], "cpts": place["id"], "reach": reach})
    return made


LISTS: list[tuple[str, dict[str, str]]] = [
    ("/coordinators", {}),
    ("/coordinators", {"updated_since": "2020-01-01T00:00:00Z"}),
    ("/cpts", {}),
    ("/map.geojson", {}),
]


def own_routes(person: dict[str, Any], number: int) -> list[str]:
    return [
        f"/coordinators/{person['id']}",
        f"/cpts/{person['cpts']}/positions",
        f"/positions/{person['post']}",
        f"/groups/{markers(number)['challenges']}",
    ]


def headers_of(world: World, kind: str, owner: str) -> dict[str, str]:
    tokens = world.harness.tokens
    return {
        "anonymous": {},
        "elsewhere": tokens.coordinator(region="fr-occ"),
        "elsewhere-animator": tokens.animator(region="fr-occ"),
        "service": tokens.service("directory:read"),
        "colleague": tokens.coordinator(),
        "animator": tokens.animator(),
        "admin": tokens.admin(),
        "owner": tokens.coordinator(owner),
    }[kind]


def shows(text: str, field: str, marks: dict[str, str]) -> bool:
    """Whether an answer holds a person's field; a skill or challenge counts as hers beside a stance."""
    if field in ("skills", "challenges"):
        return re.search(rf'"{field[:-1]}":"{marks[field]}","(stance|level)"', text) is not None
    return marks[field] in text


@pytest.mark.parametrize("database_dialect", ["sqlite"], indirect=True)  # rendering knows no database
async def test_no_route_shows_what_is_hidden_and_the_profile_shows_the_rest(world: World) -> None:
    made = await people(world)
    for kind in sorted(CIRCLES):
        headers = headers_of(world, kind, made[0]["id"])
        for path, params in LISTS:
            answer = await world.client.get(path, params=params, headers=headers)
            assert answer.status_code == 200
            for number, person in enumerate(made):
                circle = CIRCLES["colleague" if kind == "owner" and number else kind]
                for field in (each for each in FIELDS if person["reach"][each] not in circle):
                    assert not shows(answer.text, field, markers(number)), (kind, path, field)
        for number, person in enumerate(made):
            await check_own(world, kind, person, number)


async def check_own(world: World, kind: str, person: dict[str, Any], number: int) -> None:
    headers, marks = headers_of(world, kind, person["id"]), markers(number)
    open_fields = {field for field in FIELDS if person["reach"][field] in CIRCLES[kind]}
    for path in own_routes(person, number):
        answer = await world.client.get(path, headers=headers)
        assert answer.status_code == 200
        for field in set(FIELDS) - open_fields:
            assert not shows(answer.text, field, marks), (kind, path, field)
        if path.startswith("/coordinators"):
            own = answer.json()
            assert {field for field in FIELDS if shows(answer.text, field, marks)} == open_fields
            assert set(own["hidden"]) == set(FIELDS) - open_fields


async def test_searching_what_is_hidden_finds_nobody(world: World) -> None:
    made = await people(world)
    for kind in ("anonymous", "elsewhere"):
        for number, person in enumerate(made):
            headers, marks = headers_of(world, kind, person["id"]), markers(number)
            searches: dict[str, dict[str, str]] = {
                "name": {"q": marks["name"]},
                "skills": {"skill": marks["skills"], "stance": "offers"},
                "challenges": {"challenge": marks["challenges"]},
            }
            for field, params in searches.items():
                is_open = person["reach"][field] in CIRCLES[kind]
                for path, wanted in (("/coordinators", "id"), ("/cpts", "cpts"), ("/map.geojson", "cpts")):
                    body = await world.get(path, headers, **params)
                    found = [one["id"] for one in body.get("items", body.get("features"))]
                    assert (person[wanted] in found) == is_open, (kind, field, path)


async def test_counts_of_groups_are_those_the_viewer_may_know(world: World) -> None:
    made = await people(world)
    for kind in sorted(CIRCLES):
        headers = headers_of(world, kind, made[0]["id"])
        counts = {
            one["challenge"]: one["coordinators"] for one in (await world.get("/groups", headers))["items"]
        }
        for number, person in enumerate(made):
            is_open = person["reach"]["challenges"] in CIRCLES[kind]
            if kind == "owner" and number:
                is_open = person["reach"]["challenges"] in CIRCLES["colleague"]
            assert counts[markers(number)["challenges"]] == int(is_open), (kind, number)


async def test_the_database_and_the_page_apply_the_same_rule(world: World) -> None:
    made = await people(world)
    async with world.harness.db.read() as session:
        rows = (await session.execute(select(Coordinator))).scalars().all()
        for kind in sorted(CIRCLES):
            looking = viewer(principal(kind, UUID(made[2]["id"])), REGION)
            for field in FIELDS:
                wanted = select(Coordinator.id).where(readable(field, looking))
                found = set((await session.execute(wanted)).scalars())
                assert found == {row.id for row in rows if field not in hidden_fields(row, looking)}


async def test_what_only_she_may_see_never_travels(world: World) -> None:
    made = await people(world)
    joined = {
        one.entity_id: one.data for one in await world.harness.recorded("directory.coordinator.joined.v1")
    }
    contacts = {
        one.entity_id: one.data for one in await world.harness.recorded("directory.contact.changed.v1")
    }
    for number, person in enumerate(made):
        reach, marks = person["reach"], markers(number)
        assert bool(joined[person["id"]]["skills"]) == (reach["skills"] != "self")
        assert bool(joined[person["id"]]["challenges"]) == (reach["challenges"] != "self")
        assert (contacts[person["id"]]["phone"] is None) == (reach["phone"] == "self")
        assert joined[person["id"]]["reach"] == reach
        everywhere = [one for one in await world.harness.recorded() if one.entity_id != person["id"]]
        for secret in (marks["name"], marks["email"], marks["phone"], marks["bio"]):
            assert not any(secret in str(one.data) for one in everywhere)


async def test_the_defaults_are_those_of_the_charter(world: World) -> None:
    person = await world.person()
    assert person["reach"] == DEFAULTS
    public = await world.get(f"/coordinators/{person['id']}")
    assert set(public["hidden"]) == set(FIELDS)
    assert (await world.get("/coordinators"))["items"] == []
