"""How similar two coordinators' situations are, with every reason for and against and its weight.

Pure arithmetic on what is known of both: the score is the sum of the weights that are shown, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from maillage import clock

from maillage_directory.placement import Point, distance

NEAR_KM, FAR_KM = 40, 120
NEWCOMER_DAYS = 365

TEXTS: dict[str, tuple[str, str]] = {
    "solved-what-you-work-on": ("A déjà avancé sur : {terms}", "Has already made headway on: {terms}"),
    "same-challenges": ("Mêmes problématiques : {terms}", "Same challenges: {terms}"),
    "same-territory": ("Même type de territoire : {terms}", "Same kind of territory: {terms}"),
    "offers-what-you-seek": ("Peut vous aider sur : {terms}", "Can help you with: {terms}"),
    "seeks-what-you-offer": ("Cherche ce que vous savez faire : {terms}", "Seeks what you can do: {terms}"),
    "same-department": ("Même département", "Same department"),
    "near": ("À {km} km", "{km} km away"),
    "same-size": ("CPTS de même taille", "CPTS of the same size"),
    "both-new": ("En poste depuis moins d’un an, comme vous", "In post for less than a year, like you"),
    "far": ("À {km} km : il faudra se voir à distance", "{km} km away: you would meet remotely"),
    "other-territory": ("Territoire d’un autre type", "A different kind of territory"),
    "no-common-challenge": ("Aucune problématique commune déclarée", "No declared challenge in common"),
    "new-in-post": ("En poste depuis peu", "Recently in post"),
}


@dataclass(frozen=True)
class Situation:
    """What is compared. `challenges`: slug to stance; `territory_types`: the principal one first."""

    challenges: dict[str, str] = field(default_factory=dict)
    offers: frozenset[str] = frozenset()
    seeks: frozenset[str] = frozenset()
    territory_types: tuple[str, ...] = ()
    departments: frozenset[str] = frozenset()
    size: int | None = None
    point: Point | None = None
    started_on: date | None = None

    @property
    def is_new(self) -> bool:
        """In post for less than a year."""
        return self.started_on is not None and (clock.today() - self.started_on).days < NEWCOMER_DAYS


@dataclass(frozen=True)
class Finding:
    """One reason: its code, its part of the score, and the vocabulary terms or numbers it names."""

    code: str
    weight: float
    kind: str = ""
    terms: tuple[str, ...] = ()
    numbers: dict[str, int] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """The sentence, with {terms} or {km} still to be filled in."""
        french, english = TEXTS[self.code]
        return english if language == "en" else french


@dataclass(frozen=True)
class Comparison:
    """The outcome: reasons for and against, and the distance where it is known."""

    reasons: list[Finding]
    against: list[Finding]
    distance_km: int | None

    @property
    def score(self) -> float:
        return round(sum(one.weight for one in (*self.reasons, *self.against)), 2)


def compare(mine: Situation, other: Situation) -> Comparison:
    """How similar `other` is to `mine`; not symmetric: what she can do for me weighs more."""
    km = round(distance(mine.point, other.point)) if mine.point and other.point else None
    findings = [
        *_challenges(mine, other),
        *_skills(mine, other),
        *_territory(mine, other),
        *_distance(mine, other, km),
        *_experience(mine, other),
    ]
    reasons = sorted((one for one in findings if one.weight > 0), key=lambda one: -one.weight)
    against = sorted((one for one in findings if one.weight < 0), key=lambda one: one.weight)
    return Comparison(reasons, against, km)


def _challenges(mine: Situation, other: Situation) -> list[Finding]:
    common = sorted(mine.challenges.keys() & other.challenges.keys())
    solved = tuple(
        slug
        for slug in common
        if mine.challenges[slug] == "working" and other.challenges[slug] in ("solved", "can_help")
    )
    same = tuple(slug for slug in common if slug not in solved)
    found = []
    if solved:
        found.append(Finding("solved-what-you-work-on", 4.0 * len(solved), "challenges", solved))
    if same:
        found.append(Finding("same-challenges", 2.0 * len(same), "challenges", same))
    if not common and mine.challenges and other.challenges:
        found.append(Finding("no-common-challenge", -2.0))
    return found


def _skills(mine: Situation, other: Situation) -> list[Finding]:
    helps, asks = tuple(sorted(mine.seeks & other.offers)), tuple(sorted(mine.offers & other.seeks))
    found = []
    if helps:
        found.append(Finding("offers-what-you-seek", 1.5 * len(helps), "skills", helps))
    if asks:
        found.append(Finding("seeks-what-you-offer", 0.5 * len(asks), "skills", asks))
    return found


def _territory(mine: Situation, other: Situation) -> list[Finding]:
    if not mine.territory_types or not other.territory_types:
        return []
    common = tuple(slug for slug in mine.territory_types if slug in other.territory_types)
    found = []
    if common:
        principal = mine.territory_types[0] == other.territory_types[0]
        found.append(Finding("same-territory", len(common) + principal, "territory_types", common))
    else:
        found.append(Finding("other-territory", -1.0))
    if mine.size is not None and mine.size == other.size:
        found.append(Finding("same-size", 0.5))
    return found


def _distance(mine: Situation, other: Situation, km: int | None) -> list[Finding]:
    found = []
    if mine.departments & other.departments:
        found.append(Finding("same-department", 1.0))
    if km is not None and km <= NEAR_KM:
        found.append(Finding("near", 1.0, numbers={"km": km}))
    if km is not None and km > FAR_KM:
        found.append(Finding("far", -1.0, numbers={"km": km}))
    return found


def _experience(mine: Situation, other: Situation) -> list[Finding]:
    if not other.is_new:
        return []
    return [Finding("both-new", 0.5)] if mine.is_new else [Finding("new-in-post", -0.5)]
