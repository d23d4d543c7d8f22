"""How a person is shown: the one place where the reach policy meets the answers."""

from __future__ import annotations

from maillage_directory.model import Coordinator
from maillage_directory.reach import Viewer, hidden_fields, reach_of
from maillage_directory.schemas.coordinator import ChallengeOut, CoordinatorOut, PersonOut, PostOut, SkillOut


def profile(person: Coordinator, looking: Viewer) -> CoordinatorOut:
    """The profile as far as it is open to the viewer."""
    hidden = [] if person.is_erased else hidden_fields(person, looking)
    full = not person.is_erased and (looking.sees_all or looking.id == person.id)

    def shown(field: str, value: str | None) -> str | None:
        return None if field in hidden else value

    return CoordinatorOut(
        id=person.id,
        first_name=shown("name", person.first_name),
        last_name=shown("name", person.last_name),
        email=shown("email", person.account.email),
        phone=shown("phone", person.phone),
        language=person.account.language if full else None,
        bio=shown("bio", person.bio),
        status=person.status,
        joined_on=person.joined_on,
        confirmed_on=person.confirmed_on,
        challenges=[] if "challenges" in hidden else challenges_of(person),
        skills=[] if "skills" in hidden else skills_of(person),
        reach=reach_of(person) if full else None,
        roles=sorted(person.account.roles) if full else None,
        hidden=hidden,
        positions=posts_of(person),
        version=person.version,
        updated_at=person.updated_at,
    )


def short(person: Coordinator, looking: Viewer) -> PersonOut:
    """Her id, and her name if it is open to the viewer."""
    named = looking.may_see(person.id, person.reach_name)
    first, last = (person.first_name, person.last_name) if named else (None, None)
    return PersonOut(id=person.id, first_name=first, last_name=last)


def challenges_of(person: Coordinator) -> list[ChallengeOut]:
    """What she says she met."""
    return [
        ChallengeOut(challenge=one.challenge, stance=one.stance, since_year=one.since_year)
        for one in person.challenges
    ]


def skills_of(person: Coordinator) -> list[SkillOut]:
    """What she can do or would like to learn."""
    return [SkillOut(skill=one.skill, level=one.level, stance=one.stance) for one in person.skills]


def posts_of(person: Coordinator) -> list[PostOut]:
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
