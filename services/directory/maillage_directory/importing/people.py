"""The part of a line that is about a person: she is recognised by her address alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from maillage.auth import Principal
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth.accounts import account_of
from maillage_directory.importing.cells import digits
from maillage_directory.importing.lines import Action
from maillage_directory.importing.reasons import refused
from maillage_directory.model import Coordinator
from maillage_directory.model.coordinator import ERASED
from maillage_directory.schemas.coordinator import CoordinatorChange, CoordinatorCreate
from maillage_directory.text import normalised
from maillage_directory.usecases.coordinators import change_coordinator, enter_coordinator, locked_person


async def import_person(
    session: AsyncSession, caller: Principal, asked: Mapping[str, Any]
) -> tuple[UUID, list[Action]]:
    """Makes or changes her. Raises LineRefused, and what the use cases raise."""
    account = await account_of(session, asked["email"])
    if account is None or await session.get(Coordinator, account.id) is None:
        return await _create(session, caller, asked)  # an operator's address: the use case refuses it
    person = await locked_person(session, account.id)
    changes = _changes(person, asked)
    if changes:
        body = CoordinatorChange(**_body(changes, person))
        await change_coordinator(session, caller, person.id, person.version, body)
        return person.id, [{"entity": "coordinator", "action": "update", "fields": sorted(changes)}]
    return person.id, []


async def _create(
    session: AsyncSession, caller: Principal, asked: Mapping[str, Any]
) -> tuple[UUID, list[Action]]:
    for name in ("first_name", "last_name"):
        if name not in asked:
            raise refused("name-missing", name)
    known = normalised(asked["first_name"], asked["last_name"])
    same = select(Coordinator.id).where(Coordinator.search_name == known, Coordinator.status != ERASED)
    if await session.scalar(same.limit(1)):
        raise refused("namesake", "email")
    person = await enter_coordinator(session, caller, CoordinatorCreate(**_body(asked, None)))
    return person.id, [{"entity": "coordinator", "action": "create", "fields": sorted(asked)}]


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
