"""What lists, map and search can be narrowed by, and how that becomes SQL. Filters combine: all must hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from maillage_directory import placement
from maillage_directory.errors import UnknownPlace
from maillage_directory.model import (
    Coordinator,
    CoordinatorChallenge,
    CoordinatorSkill,
    Cpts,
    CptsChallenge,
    CptsCommune,
    CptsDepartment,
    CptsTerritoryType,
    Position,
)
from maillage_directory.model.cpts import CLOSED_STATUSES
from maillage_directory.model.position import COORDINATOR_TITLE
from maillage_directory.reach import Viewer, readable
from maillage_directory.reference import communes, vocabulary
from maillage_directory.text import sought

DEFAULT_RADIUS_KM = 30.0
SKILL_STANCES = frozenset({"offers", "seeks"})
Clause = ColumnElement[bool]


@dataclass(frozen=True)
class Filters:
    """What was asked. `near` is an INSEE code or "lat,lon"; `status` is of the thing that is listed."""

    q: str | None = None
    challenge: str | None = None
    skill: str | None = None
    stance: str | None = None
    department: str | None = None
    territory_type: str | None = None
    status: str | None = None
    vacant: bool | None = None
    near: str | None = None
    radius_km: float = DEFAULT_RADIUS_KM


async def narrow_cpts(
    session: AsyncSession, statement: Select[Any], wanted: Filters, looking: Viewer, *, closed: bool = False
) -> Select[Any]:
    """The CPTS that match; closed ones only when asked for by status, or with `closed`."""
    clauses: list[Clause] = [_cpts_word(word, looking) for word in sought(wanted.q)]
    clauses += await _territory(session, wanted)
    if wanted.status is not None:
        clauses.append(Cpts.status == wanted.status)
    elif not closed:
        clauses.append(Cpts.status.not_in(sorted(CLOSED_STATUSES)))
    if wanted.challenge is not None:
        declared = _declares(Cpts.id, [wanted.challenge])
        clauses.append(or_(declared, _held_by(challenge_clause(wanted.challenge, wanted.stance, looking))))
    if wanted.skill is not None:
        clauses.append(_held_by(skill_clause([wanted.skill], wanted.stance, looking)))
    if wanted.stance is not None and wanted.skill is None and wanted.challenge is None:
        clauses.append(_held_by(stance_clause(wanted.stance, looking)))
    if wanted.vacant is not None:
        clauses.append(~_held() if wanted.vacant else _held())
    return statement.where(*clauses)


async def narrow_coordinators(
    session: AsyncSession, statement: Select[Any], wanted: Filters, looking: Viewer
) -> Select[Any]:
    """The coordinators that match, as far as the fields searched are open to the viewer."""
    clauses: list[Clause] = [_person_word(word, looking) for word in sought(wanted.q)]
    where = await _territory(session, wanted)
    if where:
        clauses.append(_works_at(*where))
    if wanted.status is not None:
        clauses.append(Coordinator.status == wanted.status)
    if wanted.challenge is not None:
        clauses.append(challenge_clause(wanted.challenge, wanted.stance, looking))
    if wanted.skill is not None:
        clauses.append(skill_clause([wanted.skill], wanted.stance, looking))
    if wanted.stance is not None and wanted.skill is None and wanted.challenge is None:
        clauses.append(stance_clause(wanted.stance, looking))
    return statement.where(*clauses)


def challenge_clause(challenge: str, stance: str | None, looking: Viewer) -> Clause:
    """Coordinators who say they met this challenge, and say so to the viewer."""
    found = select(CoordinatorChallenge.challenge).where(
        CoordinatorChallenge.coordinator_id == Coordinator.id, CoordinatorChallenge.challenge == challenge
    )
    if stance is not None and stance not in SKILL_STANCES:
        found = found.where(CoordinatorChallenge.stance == stance)
    return and_(readable("challenges", looking), found.exists())


def skill_clause(skills: list[str], stance: str | None, looking: Viewer) -> Clause:
    """Coordinators who say they have or seek one of these skills, and say so to the viewer."""
    found = select(CoordinatorSkill.skill).where(
        CoordinatorSkill.coordinator_id == Coordinator.id, CoordinatorSkill.skill.in_(skills)
    )
    if stance in SKILL_STANCES:
        found = found.where(CoordinatorSkill.stance == stance)
    return and_(readable("skills", looking), found.exists())


def stance_clause(stance: str, looking: Viewer) -> Clause:
    """Coordinators with this stance towards any skill or challenge."""
    if stance in SKILL_STANCES:
        skill = select(CoordinatorSkill.skill).where(
            CoordinatorSkill.coordinator_id == Coordinator.id, CoordinatorSkill.stance == stance
        )
        return and_(readable("skills", looking), skill.exists())
    challenge = select(CoordinatorChallenge.challenge).where(
        CoordinatorChallenge.coordinator_id == Coordinator.id, CoordinatorChallenge.stance == stance
    )
    return and_(readable("challenges", looking), challenge.exists())


async def _territory(session: AsyncSession, wanted: Filters) -> list[Clause]:
    """The filters on a territory, as clauses on Cpts."""
    clauses: list[Clause] = []
    if wanted.department is not None:
        code = CptsDepartment.code == wanted.department
        clauses.append(select(CptsDepartment.code).where(CptsDepartment.cpts_id == Cpts.id, code).exists())
    if wanted.territory_type is not None:
        kind = CptsTerritoryType.territory_type == wanted.territory_type
        clauses.append(
            select(CptsTerritoryType.rank).where(CptsTerritoryType.cpts_id == Cpts.id, kind).exists()
        )
    if wanted.near is not None:
        clauses.append(Cpts.id.in_(await within(session, point_of(wanted.near), wanted.radius_km)))
    return clauses


def point_of(near: str) -> placement.Point:
    """The place meant by "lat,lon" or an INSEE code. Raises UnknownPlace."""
    try:
        lat, lon = map(float, near.split(","))
    except ValueError:
        commune = communes().get(near.strip())
        if commune is None or commune.point is None:
            raise UnknownPlace(errors=[{"pointer": "?near", "detail": "INSEE | lat,lon"}]) from None
        return commune.point
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise UnknownPlace(errors=[{"pointer": "?near", "detail": "lat,lon"}])
    return lon, lat


async def within(session: AsyncSession, centre: placement.Point, radius_km: float) -> list[UUID]:
    """The CPTS that stand no farther than that; neither database has geography built in."""
    height = radius_km / placement.KM_PER_DEGREE
    width = height / max(math.cos(math.radians(centre[1])), 0.01)
    box = select(Cpts.id, Cpts.lon, Cpts.lat).where(
        Cpts.lon.between(centre[0] - width, centre[0] + width),
        Cpts.lat.between(centre[1] - height, centre[1] + height),
    )
    rows = (await session.execute(box)).all()
    return [row[0] for row in rows if placement.distance(centre, (row[1] or 0.0, row[2] or 0.0)) <= radius_km]


def _cpts_word(word: str, looking: Viewer) -> Clause:
    """A word of the search box: in its name or communes, among its challenges, or its holder's name."""
    slugs = vocabulary().matching("challenges", word)
    return _found_by(
        Cpts.id,
        select(Cpts.id).where(Cpts.search_text.contains(f" {word}")),
        _covering(word),
        select(CptsChallenge.cpts_id).where(CptsChallenge.challenge.in_(slugs)),
        _held_posts(Position.cpts_id)
        .join(Coordinator, Coordinator.id == Position.coordinator_id)
        .where(_named(word, looking)),
    )


def _person_word(word: str, looking: Viewer) -> Clause:
    """A word of the search box: in her name, what she met or can do, or where she works."""
    met, can = vocabulary().matching("challenges", word), vocabulary().matching("skills", word)
    return _found_by(
        Coordinator.id,
        select(Coordinator.id).where(_named(word, looking)),
        select(CoordinatorChallenge.coordinator_id)
        .join(Coordinator, Coordinator.id == CoordinatorChallenge.coordinator_id)
        .where(CoordinatorChallenge.challenge.in_(met), readable("challenges", looking)),
        select(CoordinatorSkill.coordinator_id)
        .join(Coordinator, Coordinator.id == CoordinatorSkill.coordinator_id)
        .where(CoordinatorSkill.skill.in_(can), readable("skills", looking)),
        _held_posts(Position.coordinator_id)
        .join(Cpts, Cpts.id == Position.cpts_id)
        .where(Cpts.search_text.contains(f" {word}")),
        _held_posts(Position.coordinator_id).where(Position.cpts_id.in_(_covering(word))),
    )


def _found_by(key: InstrumentedAttribute[UUID], *ways: Select[UUID]) -> Clause:
    """Rows found in at least one of these ways. Each is asked once and by itself: as a condition on every row
    with the others, none could use its index.
    """
    return key.in_(union(*(way.correlate(None) for way in ways)))


def _named(word: str, looking: Viewer) -> Clause:
    return and_(readable("name", looking), Coordinator.search_name.contains(f" {word}"))


def _held_posts(what: InstrumentedAttribute[UUID]) -> Select[UUID]:
    return select(what).where(Position.ended_on.is_(None))


def _covering(word: str) -> Select[UUID]:
    """CPTS that cover a commune given by code."""
    codes = communes().coded(word) if len(word) == 5 else []
    return select(CptsCommune.cpts_id).where(CptsCommune.insee.in_(codes))


def _declares(cpts_id: Any, slugs: list[str]) -> Clause:
    return (
        select(CptsChallenge.rank)
        .where(CptsChallenge.cpts_id == cpts_id, CptsChallenge.challenge.in_(slugs))
        .exists()
    )


def _held_by(person: Clause) -> Clause:
    """CPTS with a post held now by a coordinator of whom this is true."""
    return (
        select(Position.id)
        .join(Coordinator, Coordinator.id == Position.coordinator_id)
        .where(Position.cpts_id == Cpts.id, Position.ended_on.is_(None), person)
        .exists()
    )


def _works_at(*cpts: Clause) -> Clause:
    """Coordinators who hold a post now at a CPTS of which this is true."""
    return (
        select(Position.id)
        .join(Cpts, Cpts.id == Position.cpts_id)
        .where(Position.coordinator_id == Coordinator.id, Position.ended_on.is_(None), *cpts)
        .exists()
    )


def _held() -> Clause:
    """CPTS that have a coordinator now."""
    return (
        select(Position.id)
        .where(Position.cpts_id == Cpts.id, Position.ended_on.is_(None), Position.title == COORDINATOR_TITLE)
        .exists()
    )
