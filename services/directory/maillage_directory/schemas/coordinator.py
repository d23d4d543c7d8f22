"""A coordinator's profile as it is sent and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from maillage_directory.schemas.common import (
    Body,
    ChallengeSent,
    Email,
    Language,
    Line,
    ReachLevel,
    SkillSent,
    Title,
)

Role = Literal["coordinator", "animator", "admin"]
ProfileField = Literal["name", "email", "phone", "bio", "skills", "challenges"]


def one_line(text: str) -> str:
    """The text, if it is printable; ValueError otherwise."""
    if not text.isprintable():
        raise ValueError("control characters are not allowed")
    return text


PersonName = Annotated[Line, AfterValidator(one_line)]
Phone = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9 ().-]{4,30}$", max_length=40)
]
Bio = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Reach = dict[ProfileField, ReachLevel]


class CoordinatorCreate(Body):
    """A new member of the collective. No patient data, here or anywhere."""

    first_name: PersonName
    last_name: PersonName
    email: Email
    phone: Phone | None = None
    language: Language = "fr"
    bio: Bio | None = None
    challenges: list[ChallengeSent] = Field(default_factory=list, max_length=22)
    skills: list[SkillSent] = Field(default_factory=list, max_length=40)
    reach: Reach = Field(default_factory=dict)
    roles: list[Role] = Field(default_factory=list, description="only an administrator may make another")
    joined_on: date | None = Field(None, description="default: today")


class CoordinatorChange(Body):
    """What changes; a field left out stays as it is, `null` empties phone and bio.

    An address of one's own counts once it is confirmed (`POST /me/email/confirm`): until then it is what
    `pending_email` of `/me` says.
    """

    first_name: PersonName | None = None
    last_name: PersonName | None = None
    email: Email | None = None
    phone: Phone | None = None
    language: Language | None = None
    bio: Bio | None = None
    challenges: list[ChallengeSent] | None = Field(None, max_length=22)
    skills: list[SkillSent] | None = Field(None, max_length=40)
    reach: Reach | None = None
    roles: list[Role] | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that were sent; `null` counts only where it has a meaning."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in sent.items() if value is not None or name in ("phone", "bio")}


class ChallengeOut(BaseModel):
    """A challenge met and where she stands with it."""

    challenge: str
    stance: str
    since_year: int | None


class SkillOut(BaseModel):
    """A skill with level and stance."""

    skill: str
    level: int
    stance: str


class PostOut(BaseModel):
    """A post of hers, held now when `ended_on` is empty."""

    id: UUID
    cpts_id: UUID
    cpts_name: str
    title: Title
    started_on: date
    ended_on: date | None


class CoordinatorOut(BaseModel):
    """A profile as far as it is open to who is asking; `hidden` names the fields that are not."""

    id: UUID
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    language: str | None
    bio: str | None
    status: str
    joined_on: date
    confirmed_on: date | None
    challenges: list[ChallengeOut]
    skills: list[SkillOut]
    reach: dict[str, str] | None = Field(description="only for herself and animators")
    roles: list[str] | None = Field(description="only for herself and animators")
    hidden: list[str]
    positions: list[PostOut]
    version: int
    updated_at: datetime


class CoordinatorSummary(BaseModel):
    """How many coordinators a list has, the challenges they share, the CPTS where they hold a post now."""

    total: int
    challenges: dict[str, int] = Field(description="by slug; those nobody met are absent")
    cpts_ids: list[UUID]


class ListedOut(BaseModel):
    """A coordinator as one line of a list, as far as she is open to who is asking."""

    id: UUID
    first_name: str | None
    last_name: str | None
    challenges: list[ChallengeOut]
    skills: list[SkillOut]
    cpts_ids: list[UUID] = Field(description="where she holds a post now, the latest first")


class Overview(BaseModel):
    """The first lines of a list of coordinators, and what a page says around them."""

    total: int = Field(description="of all who match")
    cpts_ids: list[UUID] = Field(description="where those who match hold a post now")
    challenges: dict[str, int] = Field(description="who match whatever their challenge, by slug")
    items: list[ListedOut] = Field(description="of a challenge, who can help with it first")
    regions: list[str] = Field(description="other regions, as in `/regions`")
    map_tag: str | None = Field(description="ETag of the caller's `/map.geojson`, if it is made already")


class PersonOut(BaseModel):
    """A person in short, inside another resource."""

    id: UUID
    first_name: str | None
    last_name: str | None


class AddressCode(Body):
    """The code that was mailed to the new address; spaces in it do not matter."""

    code: Annotated[str, StringConstraints(max_length=20)]


class MeOut(BaseModel):
    """Who is signed in. `coordinator` is empty for an operator."""

    id: UUID
    roles: list[str]
    email: str | None
    pending_email: str | None = Field(description="hers once the code mailed there is confirmed")
    language: str
    region: str
    coordinator: CoordinatorOut | None
