"""The events the directory listens to: other regions' people, and who has confirmed an erasure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from maillage.events import Consumed, Consumer, Context, Telling
from pydantic import AfterValidator, Field, StringConstraints

from maillage_directory import usecases
from maillage_directory.reach import CARD_FIELDS
from maillage_directory.settings import DirectorySettings
from maillage_directory.usecases.erasure import ConfirmedAbroad
from maillage_directory.usecases.neighbours import Card

OWN_NAME = "directory"
LINKED = ("directory", "events")
"""The services whose confirmations cross the link."""
consumer = Consumer(OWN_NAME)

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Word = Annotated[str, StringConstraints(max_length=80)]
Level = Annotated[int, AfterValidator(lambda level: min(max(level, 1), 4))]
"""Of another scale, the nearest of ours."""


class Confirmed(Consumed):
    """`<service>.erasure.confirmed`: that service has erased its copy of a person."""

    coordinator_id: UUID
    erasure_id: UUID
    erased_at: datetime
    counts: dict[str, Any] = Field(default_factory=dict)


class Met(Consumed):
    challenge: Word
    stance: Word = "working"
    since_year: int | None = None


class Held(Consumed):
    skill: Word
    level: Level = 2
    stance: Word = "offers"


class Commune(Consumed):
    insee: Word
    name: Name


class Post(Consumed):
    cpts_id: UUID
    cpts_name: Name
    title: Word = "coordinator"
    started_on: date | None = None
    commune: Commune
    department: Word = ""
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)


class Presented(Consumed):
    """Another region's card. A shared field that `reach` does not name is for regions, not for the public."""

    coordinator_id: UUID
    first_name: Name | None = None
    last_name: Name | None = None
    challenges: list[Met] = Field(default_factory=list, max_length=100)
    skills: list[Held] = Field(default_factory=list, max_length=100)
    posts: list[Post] = Field(default_factory=list, max_length=20)
    shared_fields: list[Word] = Field(default_factory=list, max_length=50)
    reach: dict[Word, Word] = Field(default_factory=dict)

    def card(self) -> Card:
        """As it is kept."""
        shared = [field for field in CARD_FIELDS if field in self.shared_fields]
        return Card(
            coordinator_id=self.coordinator_id,
            first_name=self.first_name,
            last_name=self.last_name,
            challenges=[one.model_dump(mode="json") for one in self.challenges],
            skills=[one.model_dump(mode="json") for one in self.skills],
            posts=[one.model_dump(mode="json") for one in self.posts],
            reach={field: self.reach.get(field, "national") for field in shared},
        )


class Withdrawn(Consumed):
    coordinator_id: UUID


class Erased(Consumed):
    coordinator_id: UUID
    erasure_id: UUID


@consumer.project("directory.coordinator.presented.v1", abroad=True)
async def keep_neighbour(event: Presented, ctx: Context) -> None:
    """Somebody of another region, as far as she shares herself with ours."""
    await usecases.keep_neighbour(ctx.session, event.card(), Telling.of(ctx))


@consumer.project("directory.coordinator.withdrawn.v1", abroad=True)
async def withdraw_neighbour(event: Withdrawn, ctx: Context) -> None:
    """She shares nothing any more."""
    await usecases.withdraw_neighbour(ctx.session, event.coordinator_id, Telling.of(ctx))


@consumer.project("directory.coordinator.erased.v1", abroad=True)
async def erase_neighbour(event: Erased, ctx: Context) -> None:
    """She was erased in her region: so she is here, and it is told so."""
    await usecases.erase_neighbour(ctx.session, event.coordinator_id, event.erasure_id, Telling.of(ctx))


def service_of(ctx: Context) -> str:
    """The service whose event it is, by its type."""
    return ctx.type.removeprefix("fr.maillage.").split(".")[0]


async def on_erasure_confirmed(event: Confirmed, ctx: Context) -> None:
    """Notes the confirmation on the receipt."""
    await usecases.confirm_erasure(
        ctx.session, ctx.settings, service_of(ctx), event.erasure_id, event.erased_at, event.counts
    )


async def on_erasure_confirmed_abroad(event: Confirmed, ctx: Context) -> None:
    """Notes on the receipt that another region has erased its copy."""
    said = ConfirmedAbroad(event.erasure_id, ctx.region, service_of(ctx), event.erased_at, event.counts)
    await usecases.confirm_erasure_abroad(ctx.session, ctx.settings, said)


# Which services there are is a setting: a region may run others that hold copies of a profile.
# Read while modules are imported, so nothing is refused here: the start does that, in a sentence.
for name in DirectorySettings(environment="development").erasure_services:
    if name != OWN_NAME:
        consumer.project(f"{name}.erasure.confirmed.v1")(on_erasure_confirmed)
for name in LINKED:
    consumer.project(f"{name}.erasure.confirmed.v1", abroad=True)(on_erasure_confirmed_abroad)
