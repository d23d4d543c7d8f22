"""The directory's list and map, made from the same answers so that they cannot disagree."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, StringConstraints

from maillage_portal.api import together
from maillage_portal.atlas import Atlas
from maillage_portal.people import Json, name_of, present_positions, stance_on
from maillage_portal.region import mesh
from maillage_portal.visit import Visit

STANCES = ("can_help", "solved", "working")
"""Towards a challenge, the most useful to others first."""
SHOWN = 50
"""Lines of a list at first, and with each “more”."""
MOST_SHOWN = 1000
MESHED = 200
"""Beyond so many CPTS found their mesh would cover the map, and joining them takes long."""


class Filters(BaseModel):
    """What the address of the page says. Empty means: not filtered by this."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    challenge: str = ""
    skill: str = ""
    stance: str = ""
    department: str = ""
    territory_type: str = ""
    vacant: str = ""
    scope: str = ""
    region: str = ""
    show: str = ""

    def but(self, *, path: str = "/annuaire", **changes: str) -> str:
        """The page's address with other values, from the list's beginning; `path` for another page."""
        kept = {name: value for name, value in {**self.model_dump(), "show": "", **changes}.items() if value}
        return path + (f"?{urlencode(kept)}" if kept else "")

    @property
    def any(self) -> bool:
        """Whether anything is filtered at all; looking at other regions too is no filter."""
        return any(self.model_dump(exclude={"scope", "show"}).values())

    @property
    def lines(self) -> int:
        """How many lines of the list to show."""
        asked = (
            int(self.show) if self.show.isascii() and self.show.isdigit() and len(self.show) < 6 else SHOWN
        )
        return max(SHOWN, min(asked, MOST_SHOWN))

    @property
    def beyond_chips(self) -> bool:
        """Whether a filter of the panel is in use."""
        return bool(self.skill or self.stance or self.department or self.territory_type or self.vacant)

    def about_people(self, *, without: str = "") -> Json:
        """Parameters for `/coordinators`."""
        names = ("q", "challenge", "skill", "stance", "department", "territory_type")
        return {name: getattr(self, name) for name in names if name != without}

    def about_cpts(self, *, without: str = "") -> Json:
        """Parameters for `/cpts`."""
        names = ("q", "challenge", "department", "territory_type", "vacant")
        return {name: getattr(self, name) for name in names if name != without}


@dataclass(frozen=True)
class Entry:
    """One line of the list: a person, or a CPTS (vacant, or all of them for who is not signed in).

    A person of another region has that `region`, the `post` on her card and her `id`, and no CPTS of ours.
    """

    href: str
    name: str | None
    cpts: Json | None
    challenges: list[Json]
    skills: list[Json]
    stance: Json | None
    vacant: bool
    person: bool
    region: str = ""
    post: Json | None = None
    id: str = ""


@dataclass(frozen=True)
class Found:
    """What list, map and chips show. `entries` may be the first of `total` only; the counts are of all."""

    entries: list[Entry]
    total: int
    people: int
    vacant: int
    cpts: int
    departments: list[str]
    facets: list[tuple[str, int]]
    atlas: Atlas
    matched: frozenset[str]

    @property
    def all_cpts(self) -> list[Json]:
        """Every CPTS of the region, whatever was asked."""
        return self.atlas.cpts

    def chips(self, chosen: str, most: int = 6) -> list[tuple[str, int]]:
        """The most shared challenges with their counts; the chosen one leads, even when nobody has it."""
        counts = dict(self.facets)
        lead = [(chosen, counts.get(chosen, 0))] if chosen else []
        return (lead + [(slug, count) for slug, count in self.facets if slug != chosen])[:most]

    def lit_by(self, challenge: str) -> Found:
        """The same answer with the CPTS that have noted `challenge` lit."""
        lit = frozenset(cpts["id"] for cpts in self.all_cpts if challenge in cpts["challenges"])
        return replace(self, matched=lit)

    def places(self, you: str | None, texts: dict[str, str]) -> Json:
        """The map's data: every CPTS with a place, those found marked, and the mesh as index pairs."""
        places = [
            {**place, "match": place["id"] in self.matched, "you": place["id"] == you}
            if place["id"] in self.matched or place["id"] == you
            else place
            for place in self.atlas.places(texts["vacant"], texts["held"])
        ]
        lit = [index for index, place in enumerate(places) if place["match"]]
        joined = lit if len(lit) <= MESHED else []
        edges = mesh([(places[i]["at"][1], places[i]["at"][0]) for i in joined])
        return {"places": places, "edges": [[lit[a], lit[b]] for a, b in edges]}


class Questions:
    """What one page asks the directory; the same question again waits for the same answer."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._running: dict[tuple[Any, ...], asyncio.Task[Any]] = {}

    def cpts(self, asked: Json) -> asyncio.Task[Atlas]:
        """The CPTS under these filters."""
        return self._once("cpts", asked, lambda: self._visit.house.atlases.ask(self._visit.api, asked))

    def people_in_short(self, asked: Json) -> asyncio.Task[Json]:
        """How many people answer, the challenges they share, where they work."""
        path = "/coordinators/summary"
        return self._once("people", asked, lambda: self._visit.api.get("directory", path, **asked))

    def _once(self, kind: str, asked: Json, ask: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Task[Any]:
        key = (kind, *sorted((name, value) for name, value in asked.items() if value))
        if key not in self._running:
            self._running[key] = asyncio.create_task(ask())
        return self._running[key]


async def find(visit: Visit, filters: Filters, *, signed_in: bool, most: int = SHOWN) -> Found:
    """What answers the filters: people for who is signed in, else CPTS; the first `most` as entries."""
    questions = Questions(visit)
    if not signed_in:
        return await _find_cpts(questions, filters, most)
    everything, summary, shared, people, vacant = await together(
        questions.cpts({}),
        questions.people_in_short(filters.about_people()),
        questions.people_in_short(filters.about_people(without="challenge")),
        _people(visit, filters, most),
        _vacant(questions, filters),
    )
    held = filters.vacant != "true"
    entries = [_person_entry(person, everything.by_id, filters.challenge) for person in people if held]
    entries += [_cpts_entry(cpts, filters.challenge) for cpts in vacant]
    places = {one for one in summary["cpts_ids"] if held and one in everything.by_id}
    places.update(cpts["id"] for cpts in vacant)
    number = summary["total"] if held else 0
    return Found(
        entries=entries[:most],
        total=number + len(vacant),
        people=number,
        vacant=len(vacant),
        cpts=len(places),
        departments=_departments(everything.by_id[one] for one in places),
        facets=_ranked(shared["challenges"]),
        atlas=everything,
        matched=frozenset(places) if filters.any else frozenset(),
    )


async def _find_cpts(questions: Questions, filters: Filters, most: int) -> Found:
    everything, found, facets = await together(
        questions.cpts({}),
        questions.cpts(filters.about_cpts()),
        questions.cpts(filters.about_cpts(without="challenge")),
    )
    return Found(
        entries=[_cpts_entry(cpts, filters.challenge) for cpts in found.cpts[:most]],
        total=len(found.cpts),
        people=0,
        vacant=sum(cpts["vacant"] for cpts in found.cpts),
        cpts=len(found.cpts),
        departments=_departments(found.cpts),
        facets=_ranked(Counter(slug for cpts in facets.cpts for slug in cpts["challenges"])),
        atlas=everything,
        matched=frozenset(found.by_id) if filters.any else frozenset(),
    )


async def _people(visit: Visit, filters: Filters, most: int) -> list[Json]:
    """The first people; of those with the chosen challenge, who can help first."""
    if filters.vacant == "true" or not most:
        return []
    asked = filters.about_people()
    if not filters.challenge or filters.stance:
        return await visit.api.all("directory", "/coordinators", most=most, **asked)
    people: list[Json] = []
    for stance in STANCES:
        if len(people) < most:
            found = {**asked, "stance": stance}
            people += await visit.api.all("directory", "/coordinators", most=most - len(people), **found)
    return people


async def _vacant(questions: Questions, filters: Filters) -> list[Json]:
    """The CPTS without a coordinator that answer, where they are asked for."""
    if filters.vacant == "false" or filters.skill or filters.stance:
        return []
    if filters.any:
        return (await questions.cpts({**filters.about_cpts(), "vacant": "true"})).cpts
    return [cpts for cpts in (await questions.cpts({})).cpts if cpts["vacant"]]


def _departments(cpts: Iterable[Json]) -> list[str]:
    return sorted({one["principal_department"] for one in cpts})


def _ranked(counts: Json) -> list[tuple[str, int]]:
    """The most shared first."""
    return Counter(counts).most_common()


def _person_entry(person: Json, by_id: dict[str, Json], challenge: str) -> Entry:
    held = present_positions(person)
    cpts = next((by_id[position["cpts_id"]] for position in held if position["cpts_id"] in by_id), None)
    told = sorted(person.get("challenges") or [], key=lambda item: item["challenge"] != challenge)
    return Entry(
        href=f"/coordonnateurs/{person['id']}",
        name=name_of(person),
        cpts=cpts,
        challenges=told,
        skills=person.get("skills") or [],
        stance=stance_on(person, challenge),
        vacant=False,
        person=True,
    )


def _cpts_entry(cpts: Json, challenge: str) -> Entry:
    told = sorted(cpts.get("challenges") or [], key=lambda slug: slug != challenge)
    return Entry(
        href=f"/cpts/{cpts['id']}",
        name=cpts["name"],
        cpts=cpts,
        challenges=[{"challenge": slug} for slug in told],
        skills=[],
        stance=None,
        vacant=cpts["vacant"],
        person=False,
    )
