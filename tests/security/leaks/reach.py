"""Who may see what, as design.md words it (section 4), written once more and without the product's own rule.

    self < collective < region < national < public

Herself and the region's animators see every field of a profile; coordinators of the region what is open to
the collective or wider; a program of the region what is open to the region or wider; other regions what is
national or public, whoever they are there; everybody else what is public.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.security.leaks.marks import Mark
from tests.security.leaks.plot import ANY_COLLEAGUE
from tests.security.leaks.story import Person, Story

OPEN_TO = {
    "animator": {"self", "collective", "region", "national", "public"},
    "colleague": {"collective", "region", "national", "public"},
    "program": {"region", "national", "public"},
    "elsewhere": {"national", "public"},
    "anonymous": {"public"},
}


AT_THE_PORTAL = ("p1", "boss")
"""Who of the region is led through the pages too: a colleague with a mentor, and an administrator."""


@dataclass(frozen=True)
class Viewer:
    """Someone looking: the circle she stands in, her id, and how she signs in (None: she does not)."""

    name: str
    circle: str
    id: str | None = None
    token: str | None = None
    pages: bool = False
    """Whether she can use the portal: programs and people of other regions have no account here."""


def viewers(story: Story) -> list[Viewer]:
    """One of each circle, and within the region one of each part played."""
    sign = story.house.tokens
    scopes = [f"{name}:read" for name in ("directory", "events", "mentoring", "notifications", "catalogue")]

    def known(name: str, circle: str = "colleague") -> Viewer:
        return Viewer(name, circle, story.people[name].id, story.token(name), pages=name in AT_THE_PORTAL)

    return [
        Viewer("anonymous", "anonymous", pages=True),
        *map(known, ("mate", "mentor", "p1")),
        known("boss", "animator"),
        Viewer("program", "program", token=sign.token(roles=["service"], scopes=scopes)),
        Viewer("neighbour", "elsewhere", token=sign.token(region="fr-occ")),
        Viewer(
            "her animator", "elsewhere", token=sign.token(roles=["coordinator", "animator"], region="fr-occ")
        ),
    ]


def may_read(viewer: Viewer, person: Person, field: str) -> bool:
    """Whether a field of that profile is open to the viewer."""
    return viewer.id == person.id or person.reach[field] in OPEN_TO[viewer.circle]


def may_see(viewer: Viewer, mark: Mark, story: Story) -> bool:
    """Whether what stands at a mark may be shown to the viewer."""
    person = story.owner_of(mark)
    if person is not None:
        return may_read(viewer, person, str(mark.field))
    if mark.readers is None or viewer.id in mark.readers:
        return True
    if mark.readers is ANY_COLLEAGUE and viewer.circle == "colleague":
        return True
    return mark.animators and viewer.circle == "animator"


def leaks(text: str, viewer: Viewer, story: Story) -> list[str]:
    """What of this text the viewer should not see."""
    return [mark.place for mark in story.marks.found_in(text) if not may_see(viewer, mark, story)]


def leaked_traits(text: str, viewer: Viewer, story: Story) -> list[str]:
    """Whose skill or challenge a JSON answer tells the viewer, who may not know it; each is one person's."""
    try:
        found = list(_stances(json.loads(text)))
    except ValueError:
        return []
    wrong = []
    for name, person in story.people.items():
        for field, slug in (("skills", person.skill), ("challenges", person.challenge)):
            if slug in found and not may_read(viewer, person, field):
                wrong.append(f"{name} {field}")
    return wrong


def _stances(value: Any) -> Any:
    """The slugs that stand beside somebody's stance, level or reasons."""
    if isinstance(value, list):
        for each in value:
            yield from _stances(each)
    elif isinstance(value, dict):
        if value.keys() & {"stance", "level"}:
            yield value.get("skill") or value.get("challenge")
        for name in ("skills", "challenges"):
            yield from (each for each in value.get(name) or () if isinstance(each, str) and "mentee" in value)
        for each in value.values():
            yield from _stances(each)
