"""What the directory says about people, posts and CPTS."""

from datetime import date
from uuid import UUID

from maillage.auth import end_tokens
from maillage.events import Consumed, Context
from pydantic import Field

from maillage_mentoring import usecases
from maillage_mentoring.consumers.consumer import consumer
from maillage_mentoring.model import EndedTokens


class Met(Consumed):
    """A challenge as she meets it. What has no slug would break every search it is compared in."""

    challenge: str
    stance: str = ""
    since_year: int | None = None


class Held(Consumed):
    """A skill as she has or seeks it."""

    skill: str
    stance: str = ""
    level: int | None = None


class CoordinatorProfile(Consumed):
    coordinator_id: UUID
    first_name: str | None = None
    last_name: str | None = None
    status: str = "active"
    confirmed_on: date | None = None
    challenges: list[Met] = Field(default_factory=list)
    skills: list[Held] = Field(default_factory=list)
    reach: dict[str, str] = Field(default_factory=dict)


class CoordinatorLeft(Consumed):
    coordinator_id: UUID


class CoordinatorErased(Consumed):
    coordinator_id: UUID
    erasure_id: UUID


class TokensEnded(Consumed):
    account_id: UUID


class PositionStarted(Consumed):
    position_id: UUID
    coordinator_id: UUID
    cpts_id: UUID
    title: str | None = None
    started_on: date


class PositionEnded(Consumed):
    position_id: UUID
    coordinator_id: UUID
    cpts_id: UUID
    ended_on: date


class CptsFacts(Consumed):
    cpts_id: UUID
    name: str
    status: str = ""
    departments: list[str] = Field(default_factory=list)
    challenges: list[str] = Field(default_factory=list)
    territory_types: list[str] = Field(default_factory=list)
    lat: float | None = None
    lon: float | None = None


class CptsClosed(Consumed):
    cpts_id: UUID


@consumer.project("directory.coordinator.joined.v1")
@consumer.project("directory.coordinator.updated.v1")
async def keep_profile(event: CoordinatorProfile, ctx: Context) -> None:
    facts = event.model_dump(exclude={"coordinator_id"})
    await usecases.keep_coordinator(ctx.session, event.coordinator_id, facts, ctx.sequence)


@consumer.react("directory.coordinator.joined.v1")
@consumer.react("directory.coordinator.updated.v1")
async def follow_profile(event: CoordinatorProfile, ctx: Context) -> None:
    await usecases.settle_steps(ctx.session, event.coordinator_id)
    await usecases.facts_arrived(ctx.session, event.coordinator_id, ctx.settings)
    await usecases.mentor_facts_arrived(ctx.session, event.coordinator_id, ctx.settings)


@consumer.project("directory.coordinator.left.v1")
async def keep_departure(event: CoordinatorLeft, ctx: Context) -> None:
    await usecases.note_departure(ctx.session, event.coordinator_id, ctx.sequence)


@consumer.react("directory.coordinator.left.v1")
async def close_mentoring_of_leaver(event: CoordinatorLeft, ctx: Context) -> None:
    await usecases.leave_network(ctx.session, event.coordinator_id, ctx.settings)


@consumer.project("directory.coordinator.erased.v1")
async def erase_person(event: CoordinatorErased, ctx: Context) -> None:
    await usecases.erase(ctx.session, event.coordinator_id, event.erasure_id)


@consumer.react("directory.coordinator.erased.v1")
async def close_mentoring_of_erased(event: CoordinatorErased, ctx: Context) -> None:
    await usecases.leave(ctx.session, event.coordinator_id, "erased", "erased", ctx.settings)


@consumer.project("directory.position.started.v1")
async def keep_start(event: PositionStarted, ctx: Context) -> None:
    await usecases.keep_position(
        ctx.session,
        event.position_id,
        event.coordinator_id,
        event.cpts_id,
        title=event.title,
        started_on=event.started_on,
    )


@consumer.react("directory.position.started.v1")
async def welcome_newcomer(event: PositionStarted, ctx: Context) -> None:
    await usecases.welcome(ctx.session, event.position_id, ctx.settings)


@consumer.project("directory.position.ended.v1")
async def keep_end(event: PositionEnded, ctx: Context) -> None:
    await usecases.keep_position(
        ctx.session, event.position_id, event.coordinator_id, event.cpts_id, ended_on=event.ended_on
    )
    await usecases.close_pathway(ctx.session, event.position_id)


@consumer.react("directory.position.ended.v1")
async def close_or_hand_over(event: PositionEnded, ctx: Context) -> None:
    await usecases.leave_network(ctx.session, event.coordinator_id, ctx.settings)


@consumer.project("directory.cpts.created.v1")
@consumer.project("directory.cpts.updated.v1")
async def keep_cpts(event: CptsFacts, ctx: Context) -> None:
    facts = event.model_dump(exclude={"cpts_id"})
    await usecases.keep_cpts(ctx.session, event.cpts_id, facts, ctx.sequence)


@consumer.react("directory.cpts.created.v1")
@consumer.react("directory.cpts.updated.v1")
async def go_on_searching(event: CptsFacts, ctx: Context) -> None:
    await usecases.cpts_arrived(ctx.session, event.cpts_id, ctx.settings)


@consumer.project("directory.cpts.closed.v1")
async def keep_closure(event: CptsClosed, ctx: Context) -> None:
    await usecases.note_closure(ctx.session, event.cpts_id, ctx.sequence)


@consumer.project("directory.account.tokens-ended.v1")
async def end_older_tokens(event: TokensEnded, ctx: Context) -> None:
    """Her rights have changed: tokens that do not know it are refused here too."""
    await end_tokens(ctx.session, EndedTokens, event.account_id, ctx.time)
