"""The events the directory publishes: its contract with every other service.

Names travel in `coordinator.*` only, addresses in `contact.*` only; everything else carries ids. A field
whose reach is `self` is absent. Fields may be added later, never changed or removed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from maillage.events import Event
from pydantic import BaseModel, ConfigDict, Field


class Fact(BaseModel):
    """A part of an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ChallengeMet(Fact):
    """`stance`: working, solved or can_help."""

    challenge: str
    stance: str
    since_year: int | None


class SkillHeld(Fact):
    """`level` from 1 to 4; `stance`: offers or seeks."""

    skill: str
    level: int
    stance: str


class MainCommune(Fact):
    """The commune a CPTS is placed and filed by."""

    insee: str
    name: str


class CoordinatorEvent(Event, service="directory", entity="coordinator", key="coordinator_id"):
    """What all events about a coordinator share."""

    coordinator_id: UUID


class CoordinatorProfile(CoordinatorEvent, personal=True):
    """Her public-facing profile; `reach` says how far each field may be shown."""

    first_name: str
    last_name: str
    status: str = Field(description="active or left")
    joined_on: date
    confirmed_on: date | None
    challenges: list[ChallengeMet]
    skills: list[SkillHeld]
    reach: dict[str, str] = Field(description="self, collective, region, national or public, by field")


class CoordinatorJoined(CoordinatorProfile, name="joined"):
    """A coordinator has become part of the collective."""


class CoordinatorUpdated(CoordinatorProfile, name="updated"):
    """A coordinator's profile has changed, or she has confirmed that it is still right."""


class CoordinatorLeft(CoordinatorEvent, name="left"):
    """Her last post has ended; she stays as a resource person."""

    left_on: date


class PostShown(Fact):
    """A post she holds, with the public facts of its CPTS that place her on a map."""

    cpts_id: UUID
    cpts_name: str
    title: str = Field(description="coordinator, deputy, project_officer or director")
    started_on: date
    commune: MainCommune
    department: str
    lat: float | None = Field(ge=-90, le=90)
    lon: float | None = Field(ge=-180, le=180)


class CoordinatorPresented(CoordinatorEvent, name="presented", personal=True, public=True):
    """Her card for the other regions, whole each time: only fields whose reach is national or public."""

    first_name: str | None = Field(description="null unless `name` is shared")
    last_name: str | None
    status: str = Field(description="active")
    challenges: list[ChallengeMet] = Field(description="empty unless `challenges` is shared")
    skills: list[SkillHeld] = Field(description="empty unless `skills` is shared")
    posts: list[PostShown] = Field(description="the posts she holds, the latest first")
    shared_fields: list[str] = Field(description="which of name, challenges and skills she shares")
    reach: dict[str, str] = Field(description="national or public, by shared field")


class CoordinatorWithdrawn(CoordinatorEvent, name="withdrawn", public=True):
    """Nothing of her is shown in other regions any more: she has left, or narrowed her reach."""


class CoordinatorErased(CoordinatorEvent, name="erased", public=True):
    """She is to be erased everywhere: each service erases its copy and publishes `erasure.confirmed`."""

    erasure_id: UUID
    requested_at: datetime
    confirm_by: datetime


class ContactChanged(
    Event,
    service="directory",
    entity="contact",
    name="changed",
    key="coordinator_id",
    private=True,
    personal=True,
):
    """How to reach a coordinator or an operator. Never leaves the region."""

    coordinator_id: UUID
    email: str
    phone: str | None
    language: str
    roles: list[str]


class TokensEnded(
    Event, service="directory", entity="account", name="tokens-ended", key="account_id", private=True
):
    """The rights of an account have changed, or its browsers were signed out: its access tokens dated before
    now, or less than six seconds later, are to be renewed. The account of a coordinator has her id.

    `account_id` may be another id that tokens name: of one sign-in that was closed (`sid`), or of an API key
    that was revoked (`sub`).
    """

    account_id: UUID


class PositionStarted(Event, service="directory", entity="position", name="started", key="position_id"):
    """A coordinator has taken up a post at a CPTS."""

    position_id: UUID
    coordinator_id: UUID
    cpts_id: UUID
    title: str = Field(description="coordinator, deputy, project_officer or director")
    started_on: date
    recorded_by: UUID


class PositionEnded(Event, service="directory", entity="position", name="ended", key="position_id"):
    """A coordinator has left a post."""

    position_id: UUID
    coordinator_id: UUID
    cpts_id: UUID
    ended_on: date
    successor_id: UUID | None


class CptsEvent(Event, service="directory", entity="cpts", key="cpts_id", public=True):
    """What all events about a CPTS share."""

    cpts_id: UUID


class CptsFacts(CptsEvent):
    """The public facts of a CPTS."""

    slug: str
    name: str
    status: str
    main_commune: MainCommune
    departments: list[str] = Field(description="the principal one first")
    population: int | None
    size: int | None
    challenges: list[str]
    territory_types: list[str]
    lat: float | None
    lon: float | None


class CptsCreated(CptsFacts, name="created"):
    """A CPTS has been entered in the directory."""


class CptsUpdated(CptsFacts, name="updated"):
    """The facts of a CPTS have changed."""


class CptsClosed(CptsEvent, name="closed"):
    """A CPTS no longer exists, or has merged into another."""

    closed_on: date
    merged_into: UUID | None


class ErasureConfirmed(
    Event, service="directory", entity="erasure", name="confirmed", key="coordinator_id", public=True
):
    """The directory has erased its own copy of a person."""

    coordinator_id: UUID
    erasure_id: UUID
    erased_at: datetime
    counts: dict[str, Any] = Field(description="how many things were erased, by kind")
