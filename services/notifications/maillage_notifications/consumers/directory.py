"""Events of the directory: names, addresses, CPTS, posts taken up and left, and erasure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from maillage import clock
from maillage.auth import end_tokens
from maillage.events import Consumed, Context
from pydantic import AfterValidator, Field
from sqlalchemy import select, update

from ..erasure import erase
from ..live import ring_at_commit
from ..model import DEFERRED, EMAIL, Contact, Cpts, EndedTokens, Message, Person, Position
from ..rendering import formats
from ..telling import Notice, animators, tell
from .base import NEWS_ONLY, OUTDATED, consumer, is_erased, keep, keep_end, keep_whole, reference_time

NO_ADDRESS = "no-address"


class CoordinatorFacts(Consumed):
    coordinator_id: UUID
    first_name: str
    last_name: str
    status: str


class CoordinatorLeft(Consumed):
    coordinator_id: UUID


class CoordinatorErased(Consumed):
    coordinator_id: UUID
    erasure_id: UUID
    requested_at: datetime


class ContactChanged(Consumed):
    coordinator_id: UUID
    email: str
    language: Annotated[str, AfterValidator(formats.language)] = "fr"
    roles: list[str] = Field(default_factory=list)


class CptsFacts(Consumed):
    cpts_id: UUID
    name: str


class TokensEnded(Consumed):
    account_id: UUID


class PositionStarted(Consumed):
    position_id: UUID
    coordinator_id: UUID
    cpts_id: UUID
    started_on: date


class PositionEnded(Consumed):
    position_id: UUID
    coordinator_id: UUID
    cpts_id: UUID
    ended_on: date
    successor_id: UUID | None = None


@consumer.project("directory.coordinator.joined.v1")
@consumer.project("directory.coordinator.updated.v1")
async def on_coordinator(event: CoordinatorFacts, ctx: Context) -> None:
    if await is_erased(ctx, event.coordinator_id):
        return
    names = event.model_dump(include={"first_name", "last_name"})
    await keep_whole(ctx, Person, event.coordinator_id, status=event.status, **names)


@consumer.project("directory.coordinator.left.v1")
async def on_coordinator_left(event: CoordinatorLeft, ctx: Context) -> None:
    """Her profile may still be on its way: it then says who she is, and does not bring her back."""
    if await is_erased(ctx, event.coordinator_id):
        return
    await keep_end(ctx, Person, event.coordinator_id, status="left", first_name="", last_name="")


@consumer.project("directory.contact.changed.v1")
async def on_contact_changed(event: ContactChanged, ctx: Context) -> None:
    if await is_erased(ctx, event.coordinator_id):
        return
    facts = event.model_dump(include={"email", "language", "roles"})
    if await keep(ctx, Contact, event.coordinator_id, **facts):
        waiting = (
            update(Message)
            .where(Message.recipient_id == event.coordinator_id, Message.channel == EMAIL)
            .where(Message.state == DEFERRED, Message.reason == NO_ADDRESS)
        )
        await ctx.session.execute(waiting.values(not_before=clock.now()))
        ring_at_commit(ctx.session)


@consumer.project("directory.cpts.created.v1")
@consumer.project("directory.cpts.updated.v1")
async def on_cpts(event: CptsFacts, ctx: Context) -> None:
    await keep(ctx, Cpts, event.cpts_id, name=event.name)


@consumer.project("directory.position.started.v1")
async def on_position_started(event: PositionStarted, ctx: Context) -> None:
    """Welcome the newcomer, tell the animators; the others in her department are left in peace."""
    before = select(Position.id).where(
        Position.coordinator_id == event.coordinator_id, Position.id != event.position_id
    )
    first = await ctx.session.scalar(before.limit(1)) is None
    ended = await ctx.session.get(Position, event.position_id)
    facts = event.model_dump(include={"coordinator_id", "cpts_id", "started_on"})
    oldest_news = reference_time(ctx).date() - timedelta(days=ctx.settings.news_days)
    silent = NEWS_ONLY if event.started_on < oldest_news else None
    if await keep(ctx, Position, event.position_id, of=[event.coordinator_id], **facts) is None:
        silent = OUTDATED
        if ended is not None:  # its end was told first, which does not say when it began
            ended.started_on = event.started_on
    post = {"cpts_id": str(event.cpts_id), "started_on": event.started_on.isoformat()}
    await tell(ctx, Notice(event.coordinator_id, "welcome", {**post, "first_post": first}, silent=silent))
    who = {**post, "person_id": str(event.coordinator_id)}
    for animator in await animators(ctx.session, but=[event.coordinator_id]):
        await tell(ctx, Notice(animator, "arrival", who, about=(event.coordinator_id,), silent=silent))


@consumer.project("directory.position.ended.v1")
async def on_position_ended(event: PositionEnded, ctx: Context) -> None:
    """Tell the one who leaves what stays, and the animators that a post is free."""
    known = await ctx.session.get(Position, event.position_id)
    facts = event.model_dump(include={"coordinator_id", "cpts_id", "ended_on"})
    began = known.started_on if known else event.ended_on
    await keep(ctx, Position, event.position_id, of=[event.coordinator_id], **facts, started_on=began)
    oldest_news = reference_time(ctx).date() - timedelta(days=ctx.settings.news_days)
    silent = NEWS_ONLY if event.ended_on < oldest_news else None
    post = {"cpts_id": str(event.cpts_id), "ended_on": event.ended_on.isoformat()}
    await tell(ctx, Notice(event.coordinator_id, "position-ended", post, silent=silent))
    who = {**post, "person_id": str(event.coordinator_id), "vacant": event.successor_id is None}
    for animator in await animators(ctx.session, but=[event.coordinator_id]):
        await tell(ctx, Notice(animator, "departure", who, about=(event.coordinator_id,), silent=silent))


@consumer.project("directory.coordinator.erased.v1")
async def on_coordinator_erased(event: CoordinatorErased, ctx: Context) -> None:
    await erase(ctx, event.coordinator_id, event.erasure_id)


@consumer.project("directory.account.tokens-ended.v1")
async def on_tokens_ended(event: TokensEnded, ctx: Context) -> None:
    """Her rights have changed: tokens that do not know it are refused here too."""
    await end_tokens(ctx.session, EndedTokens, event.account_id, ctx.time)
