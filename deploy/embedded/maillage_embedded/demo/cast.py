"""The people of the demo region: all invented, the same at each run, placed on real CPTS.

Telephone numbers are from the range reserved for fiction (06 39 98), addresses from a domain of no one's.
"""

import random
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from maillage_directory.reference.cpts import cpts_payloads
from maillage_directory.reference.vocabulary import vocabulary

SEED = 20210701
LEFT_BY_SOMEBODY = ("guil-durance", "ferion", "pays-de-lerins", "haute-ouveze")
NEVER_HELD = ("vallee-ubaye", "poudrerie", "marseille-7", "var-est-pays-de-fayence")
VETERANS_UNTIL = date(2021, 6, 1)
"""Who came before this day could be at the first seminar of Giens."""
SETTLED_DAYS = 150
"""Nobody but the newcomer came later than so many days ago: older arrivals are no news any more."""
SHARED_BY_ALL = ("mobilisation-adhesion", "isolement-professionnels", "financement-perennite")


@dataclass(frozen=True)
class Member:
    """One invented coordinator and the post she holds since `started_on`.

    `mentors`: she offers to mentor, so many at a time. `moved_from`: the CPTS whose post she held before.
    """

    profile: dict[str, Any]
    cpts: str
    started_on: date
    mentors: int = 0
    mentor_note: str | None = None
    moved_from: str | None = None

    @property
    def email(self) -> str:
        """The address she is found by."""
        return str(self.profile["email"])

    @property
    def challenges(self) -> list[str]:
        """What she is confronted with."""
        return [entry["challenge"] for entry in self.profile["challenges"]]

    @property
    def veteran(self) -> bool:
        """Whether she was there at the beginning."""
        return self.started_on < VETERANS_UNTIL

    def skills(self, stance: str) -> list[str]:
        """The skills she `offers` or `seeks`."""
        return [skill["skill"] for skill in self.profile["skills"] if skill["stance"] == stance]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "cast.toml").read_text(encoding="utf-8"))


def newcomer(today: date) -> Member:
    """Camille Roux, in her first days: what happens to her is the story the demo tells."""
    known = _data()["newcomer"]
    return _known("newcomer", today - timedelta(days=known["days_ago"]))


def _known(who: str, started_on: date | None = None) -> Member:
    """Somebody whom the cast names: the mentor, the animator, the newcomer."""
    known = _data()[who]
    since = started_on or date.fromisoformat(known["started_on"])
    profile = {**known["profile"], "joined_on": since.isoformat()}
    return Member(profile, known["cpts"], since, known.get("mentors", 0), known.get("mentor_note"))


def members(today: date) -> list[Member]:
    """Everyone but the newcomer, in a fixed order; those the cast names come first."""
    chance = random.Random(SEED)  # noqa: S311  # variety, not secrecy
    territories = {body["slug"]: body for body in cpts_payloads(example_challenges=True)}
    named = [_known("mentor"), _known("animator")]
    taken = {*LEFT_BY_SOMEBODY, *NEVER_HELD, _data()["newcomer"]["cpts"], *(one.cpts for one in named)}
    slugs = [slug for slug in territories if slug not in taken]
    chance.shuffle(slugs)
    firsts = chance.sample(_data()["first_names"], len(slugs))
    lasts = chance.sample(_data()["last_names"], len(slugs))
    moved = dict(zip(slugs[-len(LEFT_BY_SOMEBODY) :], LEFT_BY_SOMEBODY, strict=True))
    others = []
    for rank, slug in enumerate(slugs):
        started_on = _start(chance, rank / len(slugs), today)
        profile = _profile(chance, firsts[rank], lasts[rank], territories[slug], started_on)
        others.append(_member(chance, profile, slug, started_on, moved.get(slug)))
    return [*named, *others]


def _start(chance: random.Random, rank: float, today: date) -> date:
    """Two in five came before the first seminar."""
    if rank < 0.42:
        first, last = date(2019, 3, 1), VETERANS_UNTIL - timedelta(days=1)
    else:
        first, last = date(2022, 3, 1), today - timedelta(days=SETTLED_DAYS)
    return first + timedelta(days=chance.randrange((last - first).days))


def _member(
    chance: random.Random, profile: dict[str, Any], slug: str, started_on: date, moved_from: str | None
) -> Member:
    mentors = chance.choice((1, 2, 2, 3)) if started_on < VETERANS_UNTIL and chance.random() < 0.6 else 0
    note = "Par téléphone ou en visio, plutôt le matin." if mentors and chance.random() < 0.5 else None
    return Member(profile, slug, started_on, mentors, note, moved_from)


def _profile(
    chance: random.Random, first: str, last: str, territory: dict[str, Any], started_on: date
) -> dict[str, Any]:
    veteran = started_on < VETERANS_UNTIL
    phone = f"06 39 98 {chance.randrange(100):02d} {chance.randrange(100):02d}"
    bio = f"{chance.choice(_data()['backgrounds'])}, aujourd'hui à la {territory['name']}."
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{ascii_of(first)}.{ascii_of(last)}@exemple.fr",
        "phone": phone if chance.random() < 0.6 else None,
        "bio": bio if chance.random() < 0.7 else None,
        "challenges": _challenges(chance, territory["challenges"], started_on, veteran=veteran),
        "skills": _skills(chance, veteran=veteran),
        "reach": _reach(chance),
        "joined_on": started_on.isoformat(),
    }


def _challenges(
    chance: random.Random, local: list[str], started_on: date, *, veteran: bool
) -> list[dict[str, Any]]:
    wanted = chance.choice((2, 2, 3))
    chosen = [*chance.sample(local, min(len(local), wanted)), chance.choice(SHARED_BY_ALL)]
    stances = ("working", "can_help", "solved") if veteran else ("working", "working", "can_help")
    return [
        {
            "challenge": slug,
            "stance": chance.choice(stances),
            "since_year": started_on.year if chance.random() < 0.5 else None,
        }
        for slug in dict.fromkeys(chosen)
    ]


def _skills(chance: random.Random, *, veteran: bool) -> list[dict[str, Any]]:
    slugs = chance.sample([term.slug for term in vocabulary().skills], chance.choice((4, 5, 6)))
    offered = len(slugs) - 1 if veteran else len(slugs) // 2
    levels = (3, 3, 4) if veteran else (2, 3)
    offers = [{"skill": slug, "level": chance.choice(levels), "stance": "offers"} for slug in slugs[:offered]]
    return offers + [{"skill": slug, "level": 1, "stance": "seeks"} for slug in slugs[offered:]]


def _reach(chance: random.Random) -> dict[str, str]:
    """Most keep what is usual; a few open more, a few less."""
    kind = chance.random()
    if kind < 0.12:
        return {"name": "public", "email": "region", "skills": "national"}
    if kind < 0.2:
        return {"name": "collective", "challenges": "collective"}
    return {"phone": "collective"} if kind < 0.5 else {}


def ascii_of(name: str) -> str:
    """The name as it stands in an address."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
