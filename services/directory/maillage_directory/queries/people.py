"""How a person is shown: the one place where the reach policy meets the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import raiseload

from maillage_directory.model import (
    Account,
    Coordinator,
    CoordinatorChallenge,
    CoordinatorSkill,
    Cpts,
    Position,
)
from maillage_directory.reach import Viewer, hidden_fields, reach_of
from maillage_directory.schemas.coordinator import ChallengeOut, CoordinatorOut, PersonOut, PostOut, SkillOut

BARE = tuple(
    raiseload(part)
    for part in (Coordinator.account, Coordinator.challenges, Coordinator.skills, Coordinator.positions)
)
"""A person without what hangs on her: a page of them has hundreds of words and posts, cheaper as rows."""


@dataclass
class Hung:
    """What hangs on a person, under the names that her row has for it."""

    account: Any = None
    challenges: list[Any] = field(default_factory=list)
    skills: list[Any] = field(default_factory=list)
    positions: list[Any] = field(default_factory=list)


async def profiles(
    session: AsyncSession, people: Sequence[Coordinator], looking: Viewer
) -> list[CoordinatorOut]:
    """Profiles as far as they are open to the viewer, with one query for each table that hangs on them."""
    ids = [person.id for person in people]
    accounts = select(Account.id, Account.email, Account.language, Account.roles).where(Account.id.in_(ids))
    found = {account.id: Hung(account) for account in await session.execute(accounts)}
    await _hang(session, found)
    return [profile(person, looking, found[person.id]) for person in people]


async def own_profile(
    session: AsyncSession, person: Coordinator, account: Any, looking: Viewer
) -> CoordinatorOut:
    """As `profiles`, of one whose account (`email`, `language`, `roles`) is read already."""
    found = {person.id: Hung(account)}
    await _hang(session, found)
    return profile(person, looking, found[person.id])


async def _hang(session: AsyncSession, found: dict[UUID, Hung]) -> None:
    """Reads words and posts of these people."""
    await hang_words(session, found)
    for post in await session.execute(_posts().where(Position.coordinator_id.in_(list(found)))):
        found[post.coordinator_id].positions.append(post)


async def hang_words(session: AsyncSession, found: dict[UUID, Hung]) -> None:
    """Reads what these people say of challenges and skills, each in her order."""
    ids = list(found)
    met, can = CoordinatorChallenge, CoordinatorSkill
    challenges = select(met.coordinator_id, met.challenge, met.stance, met.since_year).order_by(met.rank)
    for row in await session.execute(challenges.where(met.coordinator_id.in_(ids))):
        found[row.coordinator_id].challenges.append(row)
    skills = select(can.coordinator_id, can.skill, can.level, can.stance).order_by(can.rank)
    for told in await session.execute(skills.where(can.coordinator_id.in_(ids))):
        found[told.coordinator_id].skills.append(told)


def _posts() -> Select[Any]:
    """Posts with the name of their CPTS, the latest first."""
    days = (Position.started_on, Position.ended_on)
    return (
        select(Position.coordinator_id, Position.id, Position.cpts_id, Position.title, *days)
        .add_columns(Cpts.name.label("cpts_name"))
        .join(Cpts, Cpts.id == Position.cpts_id)
        .order_by(Position.started_on.desc(), Position.id.desc())
    )


def profile(person: Coordinator, looking: Viewer, hung: Hung | None = None) -> CoordinatorOut:
    """The profile as far as it is open to the viewer; what hangs on her is read from her row unless given."""
    hers = hung or person
    hidden = [] if person.is_erased else hidden_fields(person, looking)
    full = not person.is_erased and (looking.sees_all or looking.id == person.id)

    def shown(field: str, value: str | None) -> str | None:
        return None if field in hidden else value

    return CoordinatorOut(
        id=person.id,
        first_name=shown("name", person.first_name),
        last_name=shown("name", person.last_name),
        email=shown("email", hers.account.email),
        phone=shown("phone", person.phone),
        language=hers.account.language if full else None,
        bio=shown("bio", person.bio),
        status=person.status,
        joined_on=person.joined_on,
        confirmed_on=person.confirmed_on,
        challenges=[] if "challenges" in hidden else challenges_of(hers),
        skills=[] if "skills" in hidden else skills_of(hers),
        reach=reach_of(person) if full else None,
        roles=sorted(hers.account.roles) if full else None,
        hidden=hidden,
        positions=posts_of(hers),
        version=person.version,
        updated_at=person.updated_at,
    )


def short(person: Coordinator, looking: Viewer) -> PersonOut:
    """Her id, and her name if it is open to the viewer."""
    named = looking.may_see(person.id, person.reach_name)
    first, last = (person.first_name, person.last_name) if named else (None, None)
    return PersonOut(id=person.id, first_name=first, last_name=last)


def challenges_of(person: Coordinator | Hung) -> list[ChallengeOut]:
    """What she says she met."""
    return [
        ChallengeOut(challenge=one.challenge, stance=one.stance, since_year=one.since_year)
        for one in person.challenges
    ]


def skills_of(person: Coordinator | Hung) -> list[SkillOut]:
    """What she can do or would like to learn."""
    return [SkillOut(skill=one.skill, level=one.level, stance=one.stance) for one in person.skills]


def posts_of(person: Coordinator | Hung) -> list[PostOut]:
    """Her posts, the latest first."""
    return [
        PostOut(
            id=post.id,
            cpts_id=post.cpts_id,
            cpts_name=post.cpts_name,
            title=post.title,
            started_on=post.started_on,
            ended_on=post.ended_on,
        )
        for post in person.positions
    ]
