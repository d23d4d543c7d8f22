"""How well a mentor suits a mentee: a pure function over facts, with every reason it counted.

Hard rules come first and exclude; then each criterion gives a share of its points and says so. A criterion
whose facts are unknown gives nothing and says nothing, so that no reason is ever a guess.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import asin, cos, radians, sin, sqrt
from typing import Any
from uuid import UUID

from maillage_mentoring.catalogue import Weights, weights

Params = dict[str, Any]
EARTH_RADIUS_KM = 6371.0
ROUNDING = 1e-9
"""Numbers that are added in another order may come to so much less."""


@dataclass(frozen=True)
class Place:
    """Where someone works: the CPTS of her present posts, merged."""

    cpts_ids: frozenset[UUID] = frozenset()
    departments: frozenset[str] = frozenset()
    territory_types: frozenset[str] = frozenset()
    points: tuple[tuple[float, float], ...] = ()
    """(latitude, longitude) in degrees, one per located CPTS."""


@dataclass(frozen=True)
class Seeker:
    """What a mentee needs, and where she is."""

    id: UUID
    challenges: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    place: Place = field(default_factory=Place)


@dataclass(frozen=True)
class MentorFacts:
    """What is known of a mentor when she is considered."""

    id: UUID
    available: bool
    """Active as a mentor, not paused, still in the network."""
    capacity: int
    max_pending: int
    mentorships: int = 0
    pending: int = 0
    challenges: frozenset[str] = frozenset()
    working_on: frozenset[str] = frozenset()
    """Those of her challenges that she has not solved yet."""
    skills: frozenset[str] = frozenset()
    place: Place = field(default_factory=Place)
    in_post_since: date | None = None
    reply_hours: float | None = None
    """The usual (median) time she takes to answer a proposal; None when she never had one."""


@dataclass(frozen=True)
class Reason:
    """One thing that counted: a stable code and the facts that make it true."""

    code: str
    params: Params = field(default_factory=dict)

    def as_json(self) -> Params:
        return {"code": self.code, **self.params}

    @classmethod
    def from_json(cls, stored: Params) -> "Reason":
        return cls(stored["code"], {key: value for key, value in stored.items() if key != "code"})


@dataclass(frozen=True)
class Suggestion:
    """A mentor with her score (0 to 100, whole points), and what speaks for and against her."""

    mentor_id: UUID
    score: int
    reasons: tuple[Reason, ...]
    against: tuple[Reason, ...]


@dataclass(frozen=True)
class _Criterion:
    code: str
    share: float
    reasons: tuple[Reason, ...] = ()
    against: tuple[Reason, ...] = ()


def barred(seeker: Seeker, mentor: MentorFacts, excluded: frozenset[UUID] = frozenset()) -> str | None:
    """The hard rule that forbids this pair, as a code, or None when she may be asked.

    `excluded` holds mentors whose earlier mentorship with this mentee ended, or who declined her.
    """
    if mentor.id == seeker.id:
        return "herself"
    if not mentor.available:
        return "not-available"
    if seeker.place.cpts_ids & mentor.place.cpts_ids:
        return "same-cpts"
    if mentor.mentorships >= mentor.capacity:
        return "full"
    if mentor.pending >= mentor.max_pending:
        return "too-many-pending"
    if mentor.id in excluded:
        return "prior-pair"
    return None


def suggest(
    seeker: Seeker,
    mentors: Iterable[MentorFacts],
    *,
    on: date,
    excluded: frozenset[UUID] = frozenset(),
    using: Weights | None = None,
) -> list[Suggestion]:
    """Every mentor who may be asked, best first."""
    table = using or weights()
    allowed = [mentor for mentor in mentors if barred(seeker, mentor, excluded) is None]
    load = {mentor.id: mentor.mentorships + mentor.pending for mentor in allowed}
    found = [score(seeker, mentor, on=on, using=table) for mentor in allowed]
    return in_order(found, load)


def in_order(found: Iterable[Suggestion], load: Mapping[UUID, int]) -> list[Suggestion]:
    """Best first; of equal scores the less loaded, then by id."""
    return sorted(found, key=lambda s: (-s.score, load[s.mentor_id], str(s.mentor_id)))


def at_most(
    seeker: Seeker, mentor: MentorFacts, *, placed: bool = False, using: Weights | None = None
) -> int:
    """The score this pair cannot exceed, by what she offers and carries, and by her place if `placed`.

    The rest counts in full. Shares alone, without reasons: in a large region it is asked of every mentor.
    """
    table = using or weights()
    points = table.points
    lost = (1 - _challenges_share(seeker, mentor, table)) * points["shared-challenges"]
    lost += (1 - _skills_share(seeker, mentor)) * points["offered-skills"]
    lost += (1 - _load_share(mentor)) * points["load"]
    if placed:
        lost += sum(
            (1 - each.share) * points[each.code] for each in _place(seeker.place, mentor.place, table)
        )
    return round(table.best - lost + ROUNDING)


def score(seeker: Seeker, mentor: MentorFacts, *, on: date, using: Weights | None = None) -> Suggestion:
    """The score of one pair, hard rules aside. What weighs most is said first."""
    table = using or weights()
    criteria = [
        _challenges(seeker, mentor, table),
        _skills(seeker, mentor),
        *_place(seeker.place, mentor.place, table),
        _experience(mentor, on, table),
        _reply_time(mentor, table),
        _load(mentor),
    ]
    points = {c.code: c.share * table.points[c.code] for c in criteria}
    lost = {c.code: table.points[c.code] - points[c.code] for c in criteria}
    return Suggestion(
        mentor_id=mentor.id,
        score=round(sum(points.values())),
        reasons=tuple(r for c in sorted(criteria, key=lambda c: -points[c.code]) for r in c.reasons),
        against=tuple(r for c in sorted(criteria, key=lambda c: -lost[c.code]) for r in c.against),
    )


def _challenges(seeker: Seeker, mentor: MentorFacts, table: Weights) -> _Criterion:
    shared = seeker.challenges & mentor.challenges
    missing = sorted(seeker.challenges - mentor.challenges)
    return _Criterion(
        "shared-challenges",
        _challenges_share(seeker, mentor, table),
        (Reason("shared-challenges", {"challenges": sorted(shared)}),) if shared else (),
        (Reason("challenges-not-met", {"challenges": missing}),) if missing else (),
    )


def _challenges_share(seeker: Seeker, mentor: MentorFacts, table: Weights) -> float:
    shared = seeker.challenges & mentor.challenges
    solved = len(shared - mentor.working_on)
    worth = solved + table.scale["stance_working"] * (len(shared) - solved)
    return min(1.0, worth / table.scale["challenges_full"])


def _skills(seeker: Seeker, mentor: MentorFacts) -> _Criterion:
    offered = sorted(seeker.skills & mentor.skills)
    missing = sorted(seeker.skills - mentor.skills)
    return _Criterion(
        "offered-skills",
        _skills_share(seeker, mentor),
        (Reason("offered-skills", {"skills": offered}),) if offered else (),
        (Reason("skills-not-offered", {"skills": missing}),) if missing else (),
    )


def _skills_share(seeker: Seeker, mentor: MentorFacts) -> float:
    return len(seeker.skills & mentor.skills) / len(seeker.skills) if seeker.skills else 0.0


def _place(mine: Place, hers: Place, table: Weights) -> list[_Criterion]:
    return [_territory(mine, hers), _distance(mine, hers, table), _department(mine, hers)]


def _territory(mine: Place, hers: Place) -> _Criterion:
    common = sorted(mine.territory_types & hers.territory_types)
    known = bool(mine.territory_types and hers.territory_types)
    theirs = {"territory_types": sorted(hers.territory_types)}
    return _Criterion(
        "same-territory",
        len(common) / len(mine.territory_types) if common else 0.0,
        (Reason("same-territory", {"territory_types": common}),) if common else (),
        (Reason("other-territory", theirs),) if known and not common else (),
    )


def _distance(mine: Place, hers: Place, table: Weights) -> _Criterion:
    if not mine.points or not hers.points:
        return _Criterion("distance", 0.0)
    km = round(min(kilometres(here, there) for here in mine.points for there in hers.points))
    near, far = table.scale["near_km"], table.scale["far_km"]
    share = min(1.0, max(0.0, (far - km) / (far - near)))
    if km >= table.scale["far_against_km"]:
        return _Criterion("distance", share, against=(Reason("far", {"km": km}),))
    return _Criterion("distance", share, (Reason("distance", {"km": km}),))


def _department(mine: Place, hers: Place) -> _Criterion:
    common = sorted(mine.departments & hers.departments)
    reasons = (Reason("same-department", {"departments": common}),) if common else ()
    return _Criterion("same-department", 1.0 if common else 0.0, reasons)


def _experience(mentor: MentorFacts, on: date, table: Weights) -> _Criterion:
    if mentor.in_post_since is None or mentor.in_post_since > on:
        return _Criterion("experience", 0.0)
    days = (on - mentor.in_post_since).days
    years = days / 365.25
    share = min(1.0, years / table.scale["experience_full_years"])
    if years < table.scale["experience_low_years"]:
        months = {"months": int(days / 30.44)}
        return _Criterion("experience", share, against=(Reason("new-in-post", months),))
    return _Criterion("experience", share, (Reason("experience", {"years": int(years)}),))


def _reply_time(mentor: MentorFacts, table: Weights) -> _Criterion:
    if mentor.reply_hours is None:
        return _Criterion("reply-time", 0.0)
    hours, fast, slow = mentor.reply_hours, table.scale["reply_fast_hours"], table.scale["reply_slow_hours"]
    share = min(1.0, max(0.0, (slow - hours) / (slow - fast)))
    params = {"hours": max(1, round(hours))}
    if hours >= slow:
        return _Criterion("reply-time", share, against=(Reason("slow-replies", params),))
    return _Criterion("reply-time", share, (Reason("reply-time", params),))


def _load(mentor: MentorFacts) -> _Criterion:
    places = max(0, mentor.capacity - mentor.mentorships)
    free = Reason("free-places", {"places": places, "capacity": mentor.capacity})
    busy = Reason("already-mentoring", {"mentorships": mentor.mentorships})
    return _Criterion(
        "load", _load_share(mentor), (free,) if places else (), (busy,) if mentor.mentorships else ()
    )


def _load_share(mentor: MentorFacts) -> float:
    places = max(0, mentor.capacity - mentor.mentorships)
    return places / mentor.capacity if mentor.capacity else 0.0


def kilometres(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Great-circle distance between two (latitude, longitude) points in degrees."""
    (lat1, lon1), (lat2, lon2) = ((radians(a), radians(b)) for a, b in (here, there))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))
