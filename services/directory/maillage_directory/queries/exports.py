"""Lists as rows of a spreadsheet, in the columns that an import reads, as far as who asks may see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from maillage.http.paging import Paging
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.importing.cells import LANGUAGES, LIST_MARK, TITLES
from maillage_directory.importing.columns import BY_NAME
from maillage_directory.model import Coordinator, Cpts
from maillage_directory.queries.coordinators import list_coordinators
from maillage_directory.queries.cpts import list_cpts
from maillage_directory.queries.filters import Filters
from maillage_directory.queries.people import profile
from maillage_directory.reach import Viewer
from maillage_directory.reference import communes, vocabulary
from maillage_directory.schemas.coordinator import CoordinatorOut
from maillage_directory.schemas.cpts import CommuneOut, CptsOut, Holder

PEOPLE_COLUMNS = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "language",
    "person_challenges",
    "skills",
    "title",
    "started_on",
    "cpts_name",
    "cpts_slug",
)
CPTS_COLUMNS = (
    "cpts_name",
    "cpts_slug",
    "cpts_aliases",
    "cpts_status",
    "communes",
    "main_commune",
    "principal_department",
    "population",
    "size",
    "cpts_challenges",
    "territory_types",
    "title",
    "started_on",
    "first_name",
    "last_name",
    "email",
    "phone",
)
Cells = dict[str, str]
T = TypeVar("T")


def titles(names: Sequence[str], language: str) -> list[str]:
    """The titles of these columns."""
    return [BY_NAME[name].title(language) for name in names]


async def people_rows(
    session: AsyncSession, wanted: Filters, looking: Viewer, language: str
) -> list[list[str]]:
    """Everybody the filters find: a line for each post held now, or one without a post."""
    found = await _every(lambda paging: list_coordinators(session, wanted, looking, paging))
    slugs = await _slugs(session, {post.cpts_id for one in found for post in one.positions})
    rows: list[Cells] = []
    for one in found:
        posts = [
            {
                "title": TITLES[post.title][language == "en"],
                "started_on": _day(post.started_on.isoformat(), language),
                "cpts_name": post.cpts_name,
                "cpts_slug": slugs[post.cpts_id],
            }
            for post in one.positions
            if post.ended_on is None
        ]
        rows += [{**_person(one, language), **post} for post in posts or [{}]]
    return [[row.get(name, "") for name in PEOPLE_COLUMNS] for row in rows]


async def cpts_rows(
    session: AsyncSession, wanted: Filters, looking: Viewer, language: str
) -> list[list[str]]:
    """Every CPTS the filters find: a line for each person who holds a post there, or one without a person."""
    found = await _every(lambda paging: list_cpts(session, wanted, looking, paging))
    people = await _people(session, {held.coordinator_id for one in found for held in one.holders}, looking)
    rows = [
        {**_cpts(one, language), **held}
        for one in found
        for held in [_held(post, people, language) for post in one.holders] or [Cells()]
    ]
    return [[row.get(name, "") for name in CPTS_COLUMNS] for row in rows]


async def _every(page: Callable[[Paging], Awaitable[tuple[list[T], str | None]]]) -> list[T]:
    found: list[T] = []
    paging: Paging | None = Paging(limit=200)
    while paging is not None:
        items, cursor = await page(paging)
        found += items
        paging = replace(paging, cursor=cursor) if cursor else None
    return found


def _person(one: CoordinatorOut, language: str) -> Cells:
    return {
        "first_name": one.first_name or "",
        "last_name": one.last_name or "",
        "email": one.email or "",
        "phone": one.phone or "",
        "language": LANGUAGES.get(one.language or "", ""),
        "person_challenges": _labels("challenges", [item.challenge for item in one.challenges], language),
        "skills": _labels("skills", [item.skill for item in one.skills], language),
    }


def _held(post: Holder, people: dict[UUID, CoordinatorOut], language: str) -> Cells:
    person = people.get(post.coordinator_id)
    return {
        "title": TITLES[post.title][language == "en"],
        "started_on": _day(post.since.isoformat(), language),
        "first_name": post.first_name or "",
        "last_name": post.last_name or "",
        "email": (person.email if person else None) or "",
        "phone": (person.phone if person else None) or "",
    }


def _cpts(one: CptsOut, language: str) -> Cells:
    return {
        "cpts_name": one.name,
        "cpts_slug": one.slug,
        "cpts_aliases": LIST_MARK.join(one.aliases),
        "cpts_status": _labels("statuses", [one.status], language),
        "communes": LIST_MARK.join(_commune(commune) for commune in one.communes),
        "main_commune": f"{one.main_commune.insee} {one.main_commune.name}",
        "principal_department": one.principal_department,
        "population": "" if one.population is None else str(one.population),
        "size": "" if one.size is None else str(one.size),
        "cpts_challenges": _labels("challenges", one.challenges, language),
        "territory_types": _labels("territory_types", one.territory_types, language),
    }


def _commune(one: CommuneOut) -> str:
    star = "*" if one.shared else ""
    return f"{one.insee}{star}" if communes().get(one.insee) else f"{one.insee}{star} {one.name}"


def _labels(kind: str, slugs: Sequence[str], language: str) -> str:
    return LIST_MARK.join(vocabulary().label(kind, slug, language) for slug in slugs)


def _day(iso: str, language: str) -> str:
    return iso if language == "en" else "/".join(reversed(iso.split("-")))


async def _slugs(session: AsyncSession, ids: set[UUID]) -> dict[UUID, str]:
    rows = await session.execute(select(Cpts.id, Cpts.slug).where(Cpts.id.in_(ids)))
    return {row.id: row.slug for row in rows}


async def _people(session: AsyncSession, ids: set[UUID], looking: Viewer) -> dict[UUID, CoordinatorOut]:
    rows = await session.scalars(select(Coordinator).where(Coordinator.id.in_(ids)))
    return {row.id: profile(row, looking) for row in rows}
