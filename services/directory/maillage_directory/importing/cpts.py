"""The part of a line that is about a CPTS: which one is meant, and what changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from maillage.db import lock_row
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.importing.cells import guess
from maillage_directory.importing.lines import Action
from maillage_directory.importing.reasons import refused
from maillage_directory.model import Cpts
from maillage_directory.reference import communes
from maillage_directory.schemas.cpts import CommuneEntry, CptsChange, CptsCreate
from maillage_directory.text import normalised, slugify, words
from maillage_directory.usecases.cpts import change_cpts, create_cpts

FILLERS = frozenset({"cpts", "de", "du", "des", "la", "le", "les", "l", "d"})
"""Words before a name that people write or leave out: "CPTS du Verdon" is "Verdon"."""
BODY = {
    "cpts_name": "name",
    "cpts_aliases": "aliases",
    "cpts_status": "status",
    "cpts_challenges": "challenges",
    "main_commune": "main_commune_insee",
}
"""Columns whose field in the API's bodies has another name."""


class CptsImporter:
    """Finds CPTS by slug or name, those made by an earlier line of the file included."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._by_slug: dict[str, UUID] = {}
        self._by_name: dict[str, set[UUID]] = {}
        self._shown: dict[UUID, tuple[str, str]] = {}
        self._made: Cpts | None = None

    async def load(self) -> None:
        """Reads the names of all there are."""
        rows = await self._session.execute(select(Cpts.id, Cpts.slug, Cpts.name, Cpts.aliases))
        for row in rows:
            self._note(row.id, row.slug, row.name, row.aliases)

    def candidates(self, cells: Mapping[str, str]) -> set[UUID]:
        """The CPTS that a line may mean, before it is read closely."""
        by_slug = self._by_slug.get(cells.get("cpts_slug", "").lower())
        return {by_slug} if by_slug else set(self._by_name.get(key_of(cells.get("cpts_name", "")), ()))

    async def apply(self, asked: Mapping[str, Any]) -> tuple[UUID, list[Action]]:
        """Makes or changes it. Raises LineRefused, and what the use cases raise."""
        self._made = None
        found = self._find(asked)
        if found is None:
            return await self._create(asked)
        if len(asked) == 1:
            return found, []  # named, and nothing said of it
        row = await lock_row(self._session, Cpts, found)
        changes = _changes(row, asked, by_slug="cpts_slug" in asked)
        if changes:
            await change_cpts(self._session, found, row.version, CptsChange(**_body(changes)))
            return found, [{"entity": "cpts", "action": "update", "fields": sorted(changes)}]
        return found, []

    def keep(self) -> None:
        """The line went through: what it made may be meant by the lines after it."""
        if self._made is not None:
            self._note(self._made.id, self._made.slug, self._made.name, self._made.aliases)
            self._made = None

    def _note(self, cpts_id: UUID, slug: str, name: str, aliases: list[str]) -> None:
        self._by_slug[slug] = cpts_id
        self._shown[cpts_id] = (slug, name)
        for one in (name, *aliases):
            self._by_name.setdefault(key_of(one), set()).add(cpts_id)

    def _find(self, asked: Mapping[str, Any]) -> UUID | None:
        slug, name = asked.get("cpts_slug"), asked.get("cpts_name")
        if slug in self._by_slug:
            return self._by_slug[str(slug)]
        found = self._by_name.get(key_of(name), set()) if name else set()
        if len(found) > 1:
            slugs = ", ".join(sorted(self._shown[one][0] for one in found))
            raise refused("cpts-ambiguous", "cpts_name", slugs=slugs)
        if slug and found:
            return None  # another identifier: another CPTS, whose slug will say whether that can be
        return next(iter(found), None)

    async def _create(self, asked: Mapping[str, Any]) -> tuple[UUID, list[Action]]:
        if "communes" not in asked:
            names = [name for _, name in self._shown.values()]
            near = guess(asked.get("cpts_name") or asked.get("cpts_slug", ""), names)
            raise refused("cpts-unknown", "cpts_name" if "cpts_name" in asked else "cpts_slug", **near)
        if "cpts_name" not in asked:
            raise refused("cpts-nameless", "cpts_name")
        body = {"slug": asked.get("cpts_slug") or slugify(asked["cpts_name"]), **_body(asked)}
        self._made = await create_cpts(self._session, CptsCreate(**body))
        return self._made.id, [{"entity": "cpts", "action": "create", "fields": sorted(asked)}]


def key_of(name: str) -> str:
    """A name as it is compared."""
    found = words(name)
    while len(found) > 1 and found[0] in FILLERS:
        found = found[1:]
    return " ".join(found)


def _body(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {BODY.get(name, name): value for name, value in asked.items() if name != "cpts_slug"}


def _changes(row: Cpts, asked: Mapping[str, Any], *, by_slug: bool) -> dict[str, Any]:
    """The columns whose value is not the one on record."""
    now = {
        "cpts_name": row.name,
        "cpts_aliases": row.aliases,
        "cpts_status": row.status,
        "communes": {(one.insee, one.shared) for one in row.communes},
        "main_commune": row.main_commune_insee,
        "principal_department": row.principal_department,
        "population": row.population,
        "size": row.size,
        "cpts_challenges": row.challenge_slugs,
        "territory_types": row.territory_slugs,
    }
    said = {name: value for name, value in asked.items() if name in now}
    if not by_slug or normalised(said.get("cpts_name", row.name)) == normalised(row.name):
        said.pop("cpts_name", None)  # it was recognised by a name: how that is spelt changes nothing
    return {name: value for name, value in said.items() if _as_kept(name, value) != now[name]}


def _as_kept(name: str, value: Any) -> Any:
    if name == "communes":
        return {(communes().current(one.insee), one.shared) for one in _unique(value)}
    return communes().current(value) if name == "main_commune" else value


def _unique(entries: list[CommuneEntry]) -> list[CommuneEntry]:
    """Each commune once, by its code in force: the first word counts, as in the use case."""
    found: dict[str, CommuneEntry] = {}
    for one in entries:
        found.setdefault(communes().current(one.insee), one)
    return list(found.values())
