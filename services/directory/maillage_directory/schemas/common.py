"""Parts of models that several nouns share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from maillage.fit import Fit
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Insee = Annotated[str, StringConstraints(pattern=r"^(\d{2}|2[AB])\d{3}$")]
Department = Annotated[str, StringConstraints(pattern=r"^(\d{2,3}|2[AB])$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
"""A name: one line, no control character (they would end up in mail headers)."""
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}$",
    ),
]
"""An address as mail servers take it. Whether anybody reads it, only a mail can tell."""
ReachLevel = Literal["self", "collective", "region", "national", "public"]
ChallengeStance = Literal["working", "solved", "can_help"]
SkillStance = Literal["offers", "seeks"]
Title = Literal["coordinator", "deputy", "project_officer", "director"]
Language = Literal["fr", "en"]


class Body(Fit):
    """A request body: a field it does not know is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class ChallengeEntry(Body):
    """A challenge met and where she stands with it."""

    challenge: Slug
    stance: ChallengeStance = "working"
    since_year: int | None = Field(None, ge=1980, le=2100)


class SkillEntry(Body):
    """A skill, with a level from 1 (beginner) to 4 (can teach it)."""

    skill: Slug
    level: int = Field(2, ge=1, le=4)
    stance: SkillStance = "offers"


def named(field: str) -> Any:
    """Reads a bare text as an object that has it in `field`."""
    return lambda sent: {field: sent} if isinstance(sent, str) else sent


ChallengeSent = Annotated[
    ChallengeEntry, BeforeValidator(named("challenge"), json_schema_input_type=Slug | ChallengeEntry)
]
"""A challenge with its stance, or its slug alone."""
SkillSent = Annotated[SkillEntry, BeforeValidator(named("skill"), json_schema_input_type=Slug | SkillEntry)]
"""A skill with level and stance, or its slug alone."""
