"""Suggesting a seminar to those who have just taken up a post."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.events import record
from maillage.ids import new_id
from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from maillage_events.events import SeminarSuggested
from maillage_events.model import Person, Post, Registration, Seminar, Suggestion
from maillage_events.model.network import ACTIVE
from maillage_events.model.registration import CANCELLED
from maillage_events.model.seminar import PUBLISHED

# The pathway of a newcomer lasts a hundred days; whoever took up the post earlier is not news.
NEWCOMER_DAYS = 100
# The track made for them (vocabulary: "montée en compétences des nouveaux coordonnateurs").
NEWCOMERS_TRACK = "montee-en-competences"


async def suggest_next_seminar(session: AsyncSession, coordinator_id: UUID, started_on: date) -> None:
    """Propose to a newcomer the next seminar she can still register for; without one, nothing for now."""
    if clock.today() - started_on > timedelta(days=NEWCOMER_DAYS):
        return
    now = clock.now()
    following = (
        select(Seminar)
        .where(Seminar.status == PUBLISHED, Seminar.registration_closes_at > now, Seminar.starts_at > now)
        .where(~_registered(Seminar.id, coordinator_id))
        .order_by(Seminar.starts_at, Seminar.id)
        .limit(1)
    )
    seminar = await session.scalar(following)
    if seminar is None or await session.scalar(select(_suggested(coordinator_id))):
        return
    await _suggest(session, seminar, coordinator_id)


async def suggest_to_newcomers(session: AsyncSession, seminar: Seminar) -> None:
    """Propose a seminar just published to every newcomer nothing has been proposed to yet."""
    now = clock.now()
    if seminar.registration_closes_at <= now or seminar.starts_at <= now:
        return
    newcomers = (
        select(Post.coordinator_id)
        .distinct()
        .join(Person, Person.id == Post.coordinator_id)
        .where(Post.ended_on.is_(None), Person.status == ACTIVE)
        .where(Post.started_on >= clock.today() - timedelta(days=NEWCOMER_DAYS))
        .where(~_suggested(Post.coordinator_id))
        .order_by(Post.coordinator_id)
    )
    for coordinator_id in (await session.scalars(newcomers)).all():
        await _suggest(session, seminar, coordinator_id)


async def suggest_another(session: AsyncSession, seminar_id: UUID) -> None:
    """A seminar will not take place: newcomers to whom it was suggested get the next one."""
    gone = delete(Suggestion).where(Suggestion.seminar_id == seminar_id).returning(Suggestion.coordinator_id)
    for coordinator_id in sorted((await session.scalars(gone)).all()):
        started_on = await session.scalar(
            select(func.max(Post.started_on)).where(
                Post.coordinator_id == coordinator_id, Post.ended_on.is_(None)
            )
        )
        if started_on is not None:
            await suggest_next_seminar(session, coordinator_id, started_on)


async def _suggest(session: AsyncSession, seminar: Seminar, coordinator_id: UUID) -> None:
    reasons = ["newcomer", "next-seminar"]
    if NEWCOMERS_TRACK in seminar.tracks:
        reasons.append("newcomers-track")
    # No lock is taken, so the same may be suggested by publication at this very moment: one row, one event.
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"coordinator_id": coordinator_id, "seminar_id": seminar.id, "reasons": reasons}
    once = insert(Suggestion).values(id=new_id(), created_at=clock.now(), **row).on_conflict_do_nothing()
    if await session.scalar(once.returning(Suggestion.id)) is None:
        return
    record(session, SeminarSuggested(seminar_id=seminar.id, coordinator_id=coordinator_id, reasons=reasons))


def _suggested(coordinator_id: UUID | InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    return exists().where(Suggestion.coordinator_id == coordinator_id)


def _registered(seminar_id: InstrumentedAttribute[UUID], coordinator_id: UUID) -> ColumnElement[bool]:
    return exists().where(
        Registration.seminar_id == seminar_id,
        Registration.coordinator_id == coordinator_id,
        Registration.status != CANCELLED,
    )
