"""What this service hears from its own region: its own tolerant models, and what each leads to."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from maillage.auth import end_tokens
from maillage.events import Consumed, Context, News
from pydantic import Field

from maillage_events import usecases
from maillage_events.consumers.registry import consumer
from maillage_events.model import EndedTokens, Person, Post
from maillage_events.model.network import ACTIVE, ERASED, LEFT


class CoordinatorFacts(Consumed):
    coordinator_id: UUID
    first_name: str | None = None
    last_name: str | None = None
    status: str = ACTIVE
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
    started_on: date


class PositionEnded(Consumed):
    position_id: UUID
    coordinator_id: UUID
    ended_on: date


async def _is_erased(ctx: Context, person_id: UUID) -> bool:
    person = await ctx.session.get(Person, person_id)
    return person is not None and person.status == ERASED


def _her(event: CoordinatorFacts) -> list[tuple[type[Person], UUID]]:
    return [(Person, event.coordinator_id)]


@consumer.project("directory.coordinator.joined.v1", needs=_her)
@consumer.project("directory.coordinator.updated.v1", needs=_her)
async def keep_person(event: CoordinatorFacts, ctx: Context) -> None:
    """Keep name and reach, also when told late of who has left; news of the erased are dropped."""
    person = await ctx.session.get(Person, event.coordinator_id)
    if person is None:
        person = Person(id=event.coordinator_id, sequence=0)
        ctx.session.add(person)
    elif person.region is not None:
        # Another region has claimed her id; our own directory knows better.
        person.region, person.status, person.sequence = None, event.status, 0
    elif person.status == ERASED:
        return
    news = person.hear_whole(ctx.sequence)
    if news is not News.NONE:
        person.first_name, person.last_name = event.first_name, event.last_name
        person.name_reach = event.reach.get("name", "region")
    if news is News.ALL:
        person.status = event.status


@consumer.project("directory.coordinator.left.v1")
async def mark_left(event: CoordinatorLeft, ctx: Context) -> None:
    """Nobody registers for a seminar any more who has left; a profile told late does not bring her back."""
    person = await ctx.session.get(Person, event.coordinator_id)
    if person is None:
        person = Person(id=event.coordinator_id, sequence=0)
        ctx.session.add(person)
    if person.status != ERASED and person.hear_end(ctx.sequence):
        person.status = LEFT


@consumer.react("directory.coordinator.left.v1")
async def free_seats_of_leaver(event: CoordinatorLeft, ctx: Context) -> None:
    """Her future registrations go on to those who wait."""
    await usecases.leave_network(ctx.session, event.coordinator_id)


@consumer.project("directory.coordinator.erased.v1")
async def erase_person(event: CoordinatorErased, ctx: Context) -> None:
    """Erase this service's copy; also in a rebuild, which has just read her name again."""
    await usecases.erase_person(ctx.session, event.coordinator_id, event.erasure_id)


@consumer.project("directory.position.started.v1")
async def keep_post(event: PositionStarted, ctx: Context) -> None:
    """Who holds which post; one whose end is known already stays ended."""
    if await _is_erased(ctx, event.coordinator_id):
        return
    post = await ctx.session.get(Post, event.position_id)
    if post is None:
        post = Post(id=event.position_id)
        ctx.session.add(post)
    post.coordinator_id, post.started_on = event.coordinator_id, event.started_on


@consumer.react("directory.position.started.v1")
async def suggest_seminar(event: PositionStarted, ctx: Context) -> None:
    """A newcomer is shown the next seminar she can register for; not one who has left by now."""
    post = await ctx.session.get(Post, event.position_id)
    if post is not None and post.ended_on is None:
        await usecases.suggest_next_seminar(ctx.session, event.coordinator_id, event.started_on)


@consumer.project("directory.position.ended.v1")
async def end_post(event: PositionEnded, ctx: Context) -> None:
    """The post is held no more by her."""
    if await _is_erased(ctx, event.coordinator_id):
        return
    post = await ctx.session.get(Post, event.position_id)
    if post is None:
        # The start may be on its way (or older than the stream): keep the end, with a start long past.
        post = Post(id=event.position_id, started_on=event.ended_on - timedelta(days=3650))
        post.coordinator_id = event.coordinator_id
        ctx.session.add(post)
    post.ended_on = event.ended_on


@consumer.react("directory.position.ended.v1")
async def free_seats_without_post(event: PositionEnded, ctx: Context) -> None:
    """Told after her departure, it is what shows that no post is left to her."""
    await usecases.leave_network(ctx.session, event.coordinator_id)


@consumer.project("directory.account.tokens-ended.v1")
async def end_older_tokens(event: TokensEnded, ctx: Context) -> None:
    """Her rights have changed: tokens that do not know it are refused here too."""
    await end_tokens(ctx.session, EndedTokens, event.account_id, ctx.time)
