"""The part of a line that is about a person: she is recognised by her address alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from maillage.auth import Principal
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.importing.cells import digits
from maillage_directory.importing.lines import Action
from maillage_directory.importing.reasons import refused
from maillage_directory.model import Account, Coordinator
from maillage_directory.model.coordinator import ERASED
from maillage_directory.schemas.coordinator import CoordinatorChange, CoordinatorCreate
from maillage_directory.text import normalised
from maillage_directory.usecases.coordinators import change_coordinator, locked_person


class PeopleImporter:
    """Knows who of a file is there already, those made by an earlier line included."""

    def __init__(self, session: AsyncSession, caller: Principal) -> None:
        self._session, self._caller = session, caller
        self._by_email: dict[str, UUID] = {}
        self._names: set[str] = set()

    async def load(self, lines: Iterable[Mapping[str, str]]) -> None:
        """Finds them by the addresses and names of these lines, and holds their rows in order of id."""
        lines = list(lines)
        emails = sorted({address(cells["email"]) for cells in lines if "email" in cells})
        names = sorted({_search_name(cells) for cells in lines})
        people = (
            select(Coordinator.id, Account.email)
            .join(Account, Account.id == Coordinator.id)
            .where(Account.email.in_(emails))
            .order_by(Coordinator.id)
            .with_for_update(of=Coordinator)
        )
        self._by_email = {row.email: row.id for row in await self._session.execute(people)}
        same = select(Coordinator.search_name)
        same = same.where(Coordinator.search_name.in_(names), Coordinator.status != ERASED)
        self._names = {name for name in await self._session.scalars(same) if name}

    def keep(self, asked: Mapping[str, Any], coordinator_id: UUID) -> None:
        """The line went through: who was made by it is known to the lines after it."""
        self._by_email[asked["email"]] = coordinator_id
        if {"first_name", "last_name"} <= asked.keys():
            self._names.add(_search_name(asked))

    async def change(self, asked: Mapping[str, Any]) -> tuple[UUID | None, list[Action]]:
        """Changes her; no id for somebody new. Raises LineRefused, and what the use case raises."""
        found = self._by_email.get(asked["email"])
        if found is None:
            return None, []
        person = await locked_person(self._session, found)
        changes = _changes(person, asked)
        if changes:
            body = CoordinatorChange(**_body(changes, person))
            await change_coordinator(self._session, self._caller, person.id, person.version, body)
            return person.id, [{"entity": "coordinator", "action": "update", "fields": sorted(changes)}]
        return person.id, []

    def newcomer(self, asked: Mapping[str, Any]) -> tuple[CoordinatorCreate, list[Action]]:
        """The body of a new profile. Raises LineRefused when a name is missing, or there already."""
        for name in ("first_name", "last_name"):
            if name not in asked:
                raise refused("name-missing", name)
        if _search_name(asked) in self._names:
            raise refused("namesake", "email")
        made: Action = {"entity": "coordinator", "action": "create", "fields": sorted(asked)}
        return CoordinatorCreate(**_body(asked, None)), [made]


def address(cell: str) -> str:
    """An address as it is compared."""
    return cell.removeprefix("mailto:").strip().lower()


def _search_name(said: Mapping[str, Any]) -> str:
    return normalised(said.get("first_name", ""), said.get("last_name", ""))


def _changes(person: Coordinator, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The columns whose value is not the one on record. Raises LineRefused for somebody else's address."""
    told = [field for field in ("first_name", "last_name") if field in asked]
    others = [one for one in told if normalised(asked[one]) != normalised(getattr(person, one) or "")]
    if len(others) == 2:
        raise refused("other-name", "email")
    now = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "language": person.account.language,
        "person_challenges": [one.challenge for one in person.challenges],
        "skills": [one.skill for one in person.skills],
    }
    changes = {name: asked[name] for name in now if name in asked and asked[name] != now[name]}
    if "phone" in asked and digits(asked["phone"]) != digits(person.phone):
        changes["phone"] = asked["phone"]
    return changes


def _body(asked: Mapping[str, Any], person: Coordinator | None) -> dict[str, Any]:
    """The request body; of challenges and skills she has already, stance and level stay as they are."""
    met = {one.challenge: (one.stance, one.since_year) for one in person.challenges} if person else {}
    held = {one.skill: (one.stance, one.level) for one in person.skills} if person else {}
    body = {name: value for name, value in asked.items() if name not in ("person_challenges", "skills")}
    if "person_challenges" in asked:
        body["challenges"] = [
            {"challenge": slug, "stance": met[slug][0], "since_year": met[slug][1]} if slug in met else slug
            for slug in asked["person_challenges"]
        ]
    if "skills" in asked:
        body["skills"] = [
            {"skill": slug, "stance": held[slug][0], "level": held[slug][1]} if slug in held else slug
            for slug in asked["skills"]
        ]
    return body
