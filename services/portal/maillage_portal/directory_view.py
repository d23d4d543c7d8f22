"""The directory's list and map, made from the same answers so that they cannot disagree."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, StringConstraints

from maillage_portal.api import Api, together
from maillage_portal.people import Json, name_of, present_positions, stance_on
from maillage_portal.region import mesh

_STANCE_ORDER = {"can_help": 0, "solved": 1, "working": 2}


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

    def but(self, *, path: str = "/annuaire", **changes: str) -> str:
        """The page's address with other values, empty ones left out; `path` for another page."""
        kept = {name: value for name, value in {**self.model_dump(), **changes}.items() if value}
        return path + (f"?{urlencode(kept)}" if kept else "")

    @property
    def any(self) -> bool:
        """Whether anything is filtered at all; looking at other regions too is no filter."""
        return any(self.model_dump(exclude={"scope"}).values())

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
    """What list, map and chips show."""

    entries: list[Entry]
    people: int
    vacant: int
    cpts: int
    departments: list[str]
    facets: list[tuple[str, int]]
    all_cpts: list[Json]
    matched: set[str]

    def chips(self, chosen: str, most: int = 6) -> list[tuple[str, int]]:
        """The most shared challenges with their counts; the chosen one leads, even when nobody has it."""
        counts = dict(self.facets)
        lead = [(chosen, counts.get(chosen, 0))] if chosen else []
        return (lead + [(slug, count) for slug, count in self.facets if slug != chosen])[:most]

    def lit_by(self, challenge: str) -> "Found":
        """The same answer with the CPTS that have noted `challenge` lit."""
        return replace(
            self, matched={cpts["id"] for cpts in self.all_cpts if challenge in cpts["challenges"]}
        )

    def places(self, you: str | None, texts: dict[str, str]) -> Json:
        """The map's data: every CPTS with a place, those found marked, and the mesh as index pairs."""
        placed = [cpts for cpts in self.all_cpts if cpts.get("lat") is not None]
        lit = [index for index, cpts in enumerate(placed) if cpts["id"] in self.matched]
        edges = mesh([(placed[i]["lon"], placed[i]["lat"]) for i in lit])
        return {
            "places": [_place(cpts, self.matched, you, texts) for cpts in placed],
            "edges": [[lit[a], lit[b]] for a, b in edges],
        }


def _place(cpts: Json, matched: set[str], you: str | None, texts: dict[str, str]) -> Json:
    names = [name for name in map(name_of, cpts["holders"]) if name]
    return {
        "id": cpts["id"],
        "name": cpts["name"],
        "at": [cpts["lat"], cpts["lon"]],
        "href": f"/cpts/{cpts['id']}",
        "people": names or [texts["vacant"] if cpts["vacant"] else texts["held"]],
        "match": cpts["id"] in matched,
        "vacant": cpts["vacant"],
        "you": cpts["id"] == you,
    }


async def find(api: Api, filters: Filters, *, signed_in: bool) -> Found:
    """Asks the directory for all CPTS, those found and, when signed in, people; equal questions once."""
    ask = _asker(api)
    everywhere, some_cpts = ask("/cpts", {}), ask("/cpts", filters.about_cpts())
    if not signed_in:
        facets = ask("/cpts", filters.about_cpts(without="challenge"))
        all_cpts, found, shared = await together(everywhere, some_cpts, facets)
        return _found([_cpts_entry(cpts, filters.challenge) for cpts in found], shared, all_cpts, filters)
    people = ask("/coordinators", filters.about_people())
    facets = ask("/coordinators", filters.about_people(without="challenge"))
    all_cpts, found, persons, shared = await together(everywhere, some_cpts, people, facets)
    by_id = {cpts["id"]: cpts for cpts in all_cpts}
    entries: list[Entry] = []
    if filters.vacant != "true":
        entries += [_person_entry(person, by_id, filters.challenge) for person in persons]
        entries.sort(key=lambda entry: _STANCE_ORDER.get((entry.stance or {}).get("stance", ""), 3))
    if filters.vacant != "false" and not (filters.skill or filters.stance):
        entries += [_cpts_entry(cpts, filters.challenge) for cpts in found if cpts["vacant"]]
    return _found(entries, shared, all_cpts, filters)


def _asker(api: Api) -> Callable[[str, Json], Awaitable[list[Json]]]:
    """Asks for a list; the same question again waits for the same answer."""
    running: dict[tuple[Any, ...], asyncio.Task[list[Json]]] = {}

    def ask(path: str, params: Json) -> Awaitable[list[Json]]:
        kept = {name: value for name, value in params.items() if value}
        key = (path, *sorted(kept.items()))
        if key not in running:
            running[key] = asyncio.create_task(api.all("directory", path, **kept))
        return running[key]

    return ask


def _found(entries: list[Entry], facets: list[Json], everywhere: list[Json], filters: Filters) -> Found:
    counts = Counter(_slug(item) for owner in facets for item in owner.get("challenges") or [])
    places = {entry.cpts["id"]: entry.cpts for entry in entries if entry.cpts}
    return Found(
        entries=entries,
        people=sum(entry.person for entry in entries),
        vacant=sum(entry.vacant for entry in entries),
        cpts=len(places),
        departments=sorted({cpts["principal_department"] for cpts in places.values()}),
        facets=counts.most_common(),
        all_cpts=everywhere,
        matched=set(places) if filters.any else set(),
    )


def _slug(item: Any) -> str:
    return str(item["challenge"] if isinstance(item, dict) else item)


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
