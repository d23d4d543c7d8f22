"""The directory's list and map, made from the same answers so that they cannot disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, StringConstraints

from maillage_portal.api import together
from maillage_portal.atlas import Atlas
from maillage_portal.listed import Listed, ranked
from maillage_portal.people import Json, name_of, stance_on
from maillage_portal.region import Marks, Spot
from maillage_portal.visit import Visit

SHOWN = 50
"""Lines of a list at first, and with each “more”."""
MOST_SHOWN = 1000


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

    @property
    def wants_vacant(self) -> bool:
        """Whether CPTS without a coordinator answer beside people: they have no skill and take no stance."""
        return not (self.vacant == "false" or self.skill or self.stance)

    def about_people(self) -> Json:
        """Parameters for `/coordinators`."""
        names = ("q", "challenge", "skill", "stance", "department", "territory_type")
        return {name: getattr(self, name) for name in names}

    def admit(self, cpts: Json, *, challenge: str | None = None) -> bool:
        """Whether a CPTS of the map answers to all but the words; what each filter means, the directory says.

        `challenge` instead of the one chosen; none when empty.
        """
        wanted = self.challenge if challenge is None else challenge
        return (
            (not wanted or wanted in cpts["challenges"])
            and (not self.department or self.department in cpts["departments"])
            and (not self.territory_type or self.territory_type in cpts["territory_types"])
            and (not self.vacant or cpts["vacant"] is (self.vacant == "true"))
        )

    def about_cpts(self) -> Json:
        """Parameters for `/cpts`."""
        names = ("q", "challenge", "department", "territory_type", "vacant")
        return {name: getattr(self, name) for name in names}


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
    """What list, map and chips show: `people_shown`, then `cpts_shown`, may be the first of `total` only; the
    counts are of all. `listed` is what people came with.
    """

    people_shown: list[Entry]
    cpts_shown: list[Entry]
    total: int
    people: int
    vacant: int
    cpts: int
    departments: list[str]
    facets: list[tuple[str, int]]
    atlas: Atlas
    matched: frozenset[str]
    listed: Listed | None = None

    @property
    def entries(self) -> list[Entry]:
        """All that are shown."""
        return self.people_shown + self.cpts_shown

    def chips(self, chosen: str, most: int = 6) -> list[tuple[str, int]]:
        """The most shared challenges with their counts; the chosen one leads, even when nobody has it."""
        counts = dict(self.facets)
        lead = [(chosen, counts.get(chosen, 0))] if chosen else []
        return (lead + [(slug, count) for slug, count in self.facets if slug != chosen])[:most]

    def shown(self, you: str | None) -> Shown:
        """What the map shows beside the points that are always there; `you`: the reader's CPTS."""
        return Shown.on(self.atlas, self.matched, you)


@dataclass(frozen=True)
class Shown:
    """What a page says on the map: the CPTS found that have a place, their mesh, and the reader's own."""

    lit: list[Json]
    edges: list[tuple[int, int]]
    you: Json | None

    @classmethod
    def on(cls, atlas: Atlas, matched: Collection[str], you: str | None) -> Shown:
        """These CPTS of the atlas, in its order."""
        lit = (
            [one for one in atlas.cpts if one["id"] in matched and one["lat"] is not None] if matched else []
        )
        return cls(lit, atlas.mesh(lit), atlas.placed(you))

    @classmethod
    def sharing(cls, atlas: Atlas, challenge: str | None, you: str | None = None) -> Shown:
        """The CPTS that have noted this challenge."""
        noted = {one["id"] for one in atlas.cpts if challenge in one["challenges"]}
        return cls.on(atlas, noted, you)

    def marks(self, abroad: Sequence[Json] = ()) -> Marks:
        """The same for a picture, with points of other regions."""
        others = [Spot(one["at"][1], one["at"][0]) for one in abroad]
        you = Spot.of(self.you) if self.you else None
        return Marks([Spot.of(one) for one in self.lit], self.edges, you, others)

    def data(self) -> Json:
        """The same for the map's script, by id; edges are pairs of places in `lit`."""
        return {
            "lit": [one["id"] for one in self.lit],
            "edges": self.edges,
            "you": self.you["id"] if self.you else None,
        }


async def find(visit: Visit, filters: Filters, *, signed_in: bool, most: int = SHOWN) -> Found:
    """What answers the filters: people for who is signed in, else CPTS; the first `most` as entries."""
    if not signed_in:
        return await _find_cpts(visit, filters, most)
    held = filters.vacant != "true"
    asked = {**filters.about_people(), "limit": str(most if held else 0)}
    (listed, everything), named = await together(visit.house.listed(visit.api, asked), _named(visit, filters))
    vacant = _vacant(named or everything, filters)
    places = {one for one in listed.places if held and one in everything.by_id}
    places.update(cpts["id"] for cpts in vacant)
    number = listed.total if held else 0
    people = [_person_entry(person, everything.by_id, filters.challenge) for person in listed.people]
    return Found(
        people_shown=people,
        cpts_shown=[_cpts_entry(cpts, filters.challenge) for cpts in vacant[: most - len(people)]],
        total=number + len(vacant),
        people=number,
        vacant=len(vacant),
        cpts=len(places),
        departments=_departments(everything.by_id[one] for one in places),
        facets=listed.facets,
        atlas=everything,
        matched=frozenset(places) if filters.any else frozenset(),
        listed=listed,
    )


async def _named(visit: Visit, filters: Filters) -> Atlas | None:
    """The CPTS that answer to the words, if there are words and a CPTS by itself is looked for."""
    if not filters.q or not filters.wants_vacant:
        return None
    return await visit.house.atlases.ask(visit.api, {"q": filters.q})


async def _find_cpts(visit: Visit, filters: Filters, most: int) -> Found:
    ask = visit.house.atlases.ask
    everything, *named = await together(
        ask(visit.api, {}), *([ask(visit.api, {"q": filters.q})] if filters.q else [])
    )
    others = [one for one in (named or [everything])[0].cpts if filters.admit(one, challenge="")]
    found = [one for one in others if not filters.challenge or filters.challenge in one["challenges"]]
    return Found(
        people_shown=[],
        cpts_shown=[_cpts_entry(cpts, filters.challenge) for cpts in found[:most]],
        total=len(found),
        people=0,
        vacant=sum(cpts["vacant"] for cpts in found),
        cpts=len(found),
        departments=_departments(found),
        facets=ranked(Counter(slug for cpts in others for slug in cpts["challenges"])),
        atlas=everything,
        matched=frozenset(cpts["id"] for cpts in found) if filters.any else frozenset(),
    )


def _vacant(asked: Atlas, filters: Filters) -> list[Json]:
    """The CPTS without a coordinator that answer, where they are asked for."""
    if not filters.wants_vacant:
        return []
    return [one for one in asked.cpts if one["vacant"] and filters.admit(one)]


def _departments(cpts: Iterable[Json]) -> list[str]:
    return sorted({one["principal_department"] for one in cpts})


def _person_entry(person: Json, by_id: dict[str, Json], challenge: str) -> Entry:
    cpts = next((by_id[place] for place in person["cpts_ids"] if place in by_id), None)
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
