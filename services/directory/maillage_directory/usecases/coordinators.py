"""Joining the collective, changing one's profile, confirming that it is still right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.auth import ADMIN, COORDINATOR, Principal
from maillage.db import lock_row
from maillage.errors import Forbidden
from maillage.events import record
from maillage.http import expect_version
from maillage.ids import new_id
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory import reach
from maillage_directory.auth.accounts import account_of, contact_changed, end_tokens_of, normal_email
from maillage_directory.errors import EmailTaken, PersonErased, ReachTooNarrow
from maillage_directory.events import ChallengeMet, CoordinatorJoined, CoordinatorUpdated, SkillHeld
from maillage_directory.model import Account, Coordinator, CoordinatorChallenge, CoordinatorSkill
from maillage_directory.model.base import touch
from maillage_directory.schemas.common import ChallengeEntry, SkillEntry
from maillage_directory.schemas.coordinator import CoordinatorChange, CoordinatorCreate
from maillage_directory.text import normalised
from maillage_directory.usecases.presenting import present
from maillage_directory.usecases.terms import require_terms

CONTACT_FIELDS = {"email", "phone", "language", "roles", "reach"}


async def add_coordinator(session: AsyncSession, caller: Principal, body: CoordinatorCreate) -> Coordinator:
    """Makes profile and account, and presents her. Raises EmailTaken, UnknownTerm, ReachTooNarrow, Forbidden
    (a role).
    """
    person = await enter_coordinator(session, caller, body)
    await present(session, person.id)
    return person


async def enter_coordinator(session: AsyncSession, caller: Principal, body: CoordinatorCreate) -> Coordinator:
    """As add_coordinator, for a caller who has more to enter before she is presented to other regions."""
    roles = _roles(caller, body.roles)
    await require_free(session, body.email)
    person = Coordinator(id=new_id(), joined_on=body.joined_on or clock.today())
    person.first_name, person.last_name = body.first_name, body.last_name
    person.phone, person.bio = body.phone, body.bio
    person.status, person.challenges, person.skills = "active", [], []
    _set_reach(person, reach.with_defaults(body.reach))
    _set_challenges(person, body.challenges)
    _set_skills(person, body.skills)
    person.search_name = normalised(body.first_name, body.last_name)
    account = Account(id=person.id, email=normal_email(body.email), language=body.language, roles=roles)
    session.add_all([person, account])
    await flush_unless_taken(session)
    record(session, CoordinatorJoined(**profile_facts(person)), sequence=person.version)
    record(session, contact_changed(account, person), sequence=account.version)
    return person


async def change_coordinator(
    session: AsyncSession, caller: Principal, coordinator_id: UUID, version: int, body: CoordinatorChange
) -> Coordinator:
    """Changes what was sent, except an address, which change_address does before.

    Raises NotFound, PersonErased, PreconditionFailed, as add_coordinator does.
    """
    person = await locked_person(session, coordinator_id)
    expect_version(person, version)
    sent = body.changes()
    for field in ("first_name", "last_name", "phone", "bio"):
        if field in sent:
            setattr(person, field, sent[field])
    if "reach" in sent:
        _set_reach(person, {**reach.reach_of(person), **sent["reach"]})
    if "challenges" in sent:
        _set_challenges(person, sent["challenges"])
    if "skills" in sent:
        _set_skills(person, sent["skills"])
    person.search_name = normalised(person.first_name or "", person.last_name or "")
    touch(person)
    await _change_account(session, caller, person, sent)
    await session.flush()
    record(session, CoordinatorUpdated(**profile_facts(person)), sequence=person.version)
    await present(session, person.id)
    return person


async def confirm_profile(session: AsyncSession, coordinator_id: UUID) -> Coordinator:
    """Notes that the profile is still right as it is. Raises NotFound, PersonErased."""
    person = await locked_person(session, coordinator_id)
    person.confirmed_on = clock.today()
    touch(person)
    await session.flush()
    record(session, CoordinatorUpdated(**profile_facts(person)), sequence=person.version)
    return person


async def locked_person(session: AsyncSession, coordinator_id: UUID) -> Coordinator:
    """The profile, held until the transaction ends. Raises NotFound, or PersonErased."""
    person = await lock_row(session, Coordinator, coordinator_id)
    if person.is_erased:
        raise PersonErased
    return person


def profile_facts(person: Coordinator) -> dict[str, Any]:
    """The body of coordinator.joined and .updated: what only she may see is not in it."""
    challenges = person.challenges if reach.travels(person, "challenges") else []
    skills = person.skills if reach.travels(person, "skills") else []
    return {
        "coordinator_id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "status": person.status,
        "joined_on": person.joined_on,
        "confirmed_on": person.confirmed_on,
        "challenges": [
            ChallengeMet(challenge=one.challenge, stance=one.stance, since_year=one.since_year)
            for one in challenges
        ],
        "skills": [SkillHeld(skill=one.skill, level=one.level, stance=one.stance) for one in skills],
        "reach": reach.reach_of(person),
    }


async def leave(session: AsyncSession, person: Coordinator, left_on: date) -> None:
    """Her last post has ended: she stays as a resource person."""
    person.status, person.left_on = "left", left_on
    touch(person)
    await session.flush()


async def _change_account(
    session: AsyncSession, caller: Principal, person: Coordinator, sent: Mapping[str, Any]
) -> None:
    if not CONTACT_FIELDS & sent.keys():
        return
    account, changed = await lock_row(session, Account, person.id), False
    if "language" in sent:
        account.language = sent["language"]
    if "roles" in sent and set(sent["roles"]) != set(account.roles):
        wanted = _roles(caller, sent["roles"], account.roles)
        changed, account.roles = wanted != sorted(account.roles), wanted
    touch(account)
    await flush_unless_taken(session)
    record(session, contact_changed(account, person), sequence=account.version)
    if changed:
        end_tokens_of(session, account)


def guard_administrator(caller: Principal, account: Account) -> None:
    """Raises Forbidden unless an administrator's account is her own or the caller is one too.

    Sign-in codes go to an account's address: an animator who may change it may enter as its owner.
    """
    if ADMIN in account.roles and not caller.is_admin and caller.id != account.id:
        raise Forbidden


def _roles(caller: Principal, wanted: Sequence[str], present: Sequence[str] = ()) -> list[str]:
    """Roles are given by animators; the role of administrator is given and taken by administrators only."""
    if wanted and not caller.is_animator:
        raise Forbidden
    changes_admin = (ADMIN in wanted) != (ADMIN in present)
    if changes_admin and not caller.is_admin:
        raise Forbidden
    return sorted({COORDINATOR, *wanted})


async def require_free(session: AsyncSession, email: str) -> None:
    """Raises EmailTaken when an account has the address."""
    if await account_of(session, email) is not None:
        raise EmailTaken(errors=[{"pointer": "/email", "detail": "!"}])


async def flush_unless_taken(session: AsyncSession) -> None:
    """Writes what is pending; of two who take one address at the same moment, the second gets EmailTaken."""
    try:
        await session.flush()
    except IntegrityError as error:
        raise EmailTaken(errors=[{"pointer": "/email", "detail": "!"}]) from error


def _set_reach(person: Coordinator, wanted: Mapping[str, str]) -> None:
    if reach.REACHES.index(wanted["name"]) < reach.REACHES.index(reach.NAME_FLOOR):
        raise ReachTooNarrow(errors=[{"pointer": "/reach/name", "detail": reach.NAME_FLOOR}])
    for field in reach.FIELDS:
        setattr(person, f"reach_{field}", wanted[field])


def _set_challenges(person: Coordinator, entries: list[ChallengeEntry]) -> None:
    require_terms("challenges", [entry.challenge for entry in entries], "/challenges/{}/challenge")
    rows = {row.challenge: row for row in person.challenges}
    chosen: dict[str, CoordinatorChallenge] = {}
    for entry in entries:
        row = rows.get(entry.challenge) or CoordinatorChallenge(challenge=entry.challenge)
        row.stance, row.since_year = entry.stance, entry.since_year
        chosen[entry.challenge] = row
    for rank, row in enumerate(chosen.values()):
        row.rank = rank
    person.challenges = list(chosen.values())


def _set_skills(person: Coordinator, entries: list[SkillEntry]) -> None:
    require_terms("skills", [entry.skill for entry in entries], "/skills/{}/skill")
    rows = {row.skill: row for row in person.skills}
    chosen: dict[str, CoordinatorSkill] = {}
    for entry in entries:
        row = rows.get(entry.skill) or CoordinatorSkill(skill=entry.skill)
        row.stance, row.level = entry.stance, entry.level
        chosen[entry.skill] = row
    for rank, row in enumerate(chosen.values()):
        row.rank = rank
    person.skills = list(chosen.values())
