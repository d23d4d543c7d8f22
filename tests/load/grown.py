"""A region of any size in the tables of the services: invented people, places by chance, always the same.

At scale 1 it is as large as Provence-Alpes-Côte d'Azur: 70 CPTS, 62 people. Rows go in by bulk, past the use
cases: what grows is the data, and what is measured is what the services make of it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from maillage.db import Database, migrate
from maillage_directory.model import (
    Account,
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
from maillage_directory.reach import DEFAULTS
from maillage_directory.reference import communes, vocabulary
from maillage_directory.text import normalised
from sqlalchemy import insert
from sqlalchemy.orm import DeclarativeBase

CPTS, PEOPLE = 70, 62
"""Provence-Alpes-Côte d'Azur."""
BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "ro", "su", "ta", "ve", "li", "mo", "pa", "re")
STANCES = ("working", "solved", "can_help")

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Region:
    """The ids of what was made, and a word that is in the name of one CPTS and of one person."""

    cpts: list[UUID]
    people: list[UUID]
    holders: dict[UUID, UUID]
    rare_word: str
    rows: dict[type[DeclarativeBase], Rows] = field(repr=False)


def region(scale: float) -> Region:
    """The rows of a region so many times as large as Provence-Alpes-Côte d'Azur."""
    chance = random.Random(20261128)  # noqa: S311  (invented data, always the same)
    cpts = [_id(chance) for _ in range(round(CPTS * scale))]
    people = [_id(chance) for _ in range(round(PEOPLE * scale))]
    holders = dict(zip(cpts, people, strict=False))
    rows: dict[type[DeclarativeBase], Rows] = {each: [] for each in TABLES}
    for number, key in enumerate(cpts):
        _add_cpts(rows, chance, key, number)
    for number, key in enumerate(people):
        _add_person(rows, chance, key, number)
    rows[Position] = [_post(chance, *pair) for pair in holders.items()]
    return Region(cpts, people, holders, _word(len(cpts) // 2), rows)


TABLES = (
    Cpts,
    CptsCommune,
    CptsDepartment,
    CptsChallenge,
    CptsTerritoryType,
    Coordinator,
    Account,
    CoordinatorChallenge,
    CoordinatorSkill,
    Position,
)


async def fill_directory(url: str, grown: Region) -> None:
    """Migrate the database and put the region's rows into it."""
    await migrate(url, "maillage_directory.migrations")
    await put(url, {each: grown.rows[each] for each in TABLES})


async def put(url: str, rows: Mapping[Any, Rows]) -> None:
    """Insert rows by table, in bulk, and let the database know how many there are."""
    db = Database(url)
    async with db.write() as session:
        for table, content in rows.items():
            for start in range(0, len(content), 2000):
                await session.execute(insert(table), content[start : start + 2000])
    async with db.write() as session:
        await (await session.connection()).exec_driver_sql("ANALYZE")
    await db.dispose()


def _add_cpts(rows: dict[type[DeclarativeBase], Rows], chance: random.Random, key: UUID, number: int) -> None:
    name = f"CPTS {_word(number).title()} {_word(number * 7 + 3).title()}"
    towns = chance.sample(communes().all(), 12)
    terms = vocabulary()
    rows[Cpts].append(
        {
            **versioned(key, number),
            "slug": f"cpts-{number:06d}",
            "name": name,
            "aliases": [],
            "status": "aci-signe",
            "main_commune_insee": towns[0].insee,
            "main_commune_name": towns[0].name,
            "principal_department": towns[0].insee[:2],
            "population": chance.randint(10_000, 200_000),
            "size": chance.randint(1, 4),
            "lat": round(chance.uniform(43.2, 44.9), 4),
            "lon": round(chance.uniform(4.7, 7.4), 4),
            "search_text": normalised(name, *(town.name for town in towns)),
        }
    )
    rows[CptsCommune] += [{"cpts_id": key, "insee": t.insee, "name": t.name, "shared": False} for t in towns]
    rows[CptsDepartment].append({"cpts_id": key, "code": towns[0].insee[:2]})
    for rank, term in enumerate(chance.sample(terms.challenges, 3)):
        rows[CptsChallenge].append({"cpts_id": key, "challenge": term.slug, "rank": rank})
    for rank, term in enumerate(chance.sample(terms.territory_types, 2)):
        rows[CptsTerritoryType].append({"cpts_id": key, "territory_type": term.slug, "rank": rank})


def _add_person(
    rows: dict[type[DeclarativeBase], Rows], chance: random.Random, key: UUID, number: int
) -> None:
    first, last = _word(number * 5 + 1).title(), _word(number).title()
    rows[Coordinator].append(
        {
            **versioned(key, number),
            "first_name": first,
            "last_name": last,
            "search_name": normalised(first, last),
            "bio": "Cheffe de projet dans une autre vie.",
            "status": "active",
            "joined_on": date(2025, 1, 1) + timedelta(days=number % 300),
            **{f"reach_{name}": reach for name, reach in DEFAULTS.items()},
        }
    )
    address = f"{first}.{last}.{number}@maillage.example".lower()
    rows[Account].append(
        {**versioned(key, number), "email": address, "language": "fr", "roles": ["coordinator"]}
    )
    for rank, term in enumerate(chance.sample(vocabulary().challenges, 3)):
        said = {"challenge": term.slug, "stance": chance.choice(STANCES), "rank": rank}
        rows[CoordinatorChallenge].append({"coordinator_id": key, **said})
    for rank, term in enumerate(chance.sample(vocabulary().skills, 3)):
        said = {"skill": term.slug, "stance": chance.choice(("offers", "seeks")), "level": 2, "rank": rank}
        rows[CoordinatorSkill].append({"coordinator_id": key, **said})


def _post(chance: random.Random, cpts: UUID, person: UUID) -> dict[str, Any]:
    return {
        **versioned(_id(chance), 0),
        "cpts_id": cpts,
        "coordinator_id": person,
        "title": "coordinator",
        "started_on": date(2025, 3, 1) + timedelta(days=chance.randint(0, 300)),
        "recorded_by": person,
    }


def versioned(key: UUID, number: int) -> dict[str, Any]:
    """What every row with a version has."""
    made = BEGAN + timedelta(seconds=number)
    return {"id": key, "version": 1, "created_at": made, "updated_at": made}


def _word(number: int) -> str:
    """An invented word, another one for each number below 65536."""
    digits = [(number * 40503) >> shift & 15 for shift in (12, 8, 4, 0)]
    return "".join(SYLLABLES[digit] for digit in digits)


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
