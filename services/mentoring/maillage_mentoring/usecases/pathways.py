"""The pathway of the first hundred days: opened on arrival, moved by facts, closed with the post."""

from datetime import timedelta
from uuid import UUID

from maillage import clock
from maillage.db import lock_row
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.catalogue import pathway_plan
from maillage_mentoring.errors import NoPathway, PathwayEnded, StepIsAutomatic
from maillage_mentoring.events import PathwayCompleted, PathwayStarted, PathwayStepCompleted
from maillage_mentoring.model import (
    Coordinator,
    Meeting,
    Mentorship,
    Pathway,
    PathwayStep,
    Position,
    SeminarSeat,
)
from maillage_mentoring.model.pathway import select_current
from maillage_mentoring.usecases._tell import tell

ATTENDED = "seminar-attended"
"""The trigger of a presence: the one fact that can be taken back."""


async def open_pathway(session: AsyncSession, position: Position) -> Pathway | None:
    """Lay down the steps for this post; None when its pathway exists already."""
    known = select(Pathway.id).where(Pathway.position_id == position.id)
    if position.started_on is None or await session.scalar(known) is not None:
        return None
    plan, start = pathway_plan(), position.started_on
    pathway = Pathway(
        coordinator_id=position.coordinator_id,
        position_id=position.id,
        cpts_id=position.cpts_id,
        started_on=start,
        due_on=start + timedelta(days=plan.total_days),
        total_days=plan.total_days,
        status="active",
        steps=[
            PathwayStep(slug=step.slug, rank=rank, due_on=start + timedelta(days=step.day), done_at=None)
            for rank, step in enumerate(plan.steps)
        ],
    )
    session.add(pathway)
    await session.flush()
    await tell(session, pathway, _started(pathway))
    return pathway


async def settle_steps(session: AsyncSession, coordinator_id: UUID) -> None:
    """Mark done what the facts known by now complete. Safe to call at any time, any number of times."""
    plan = pathway_plan()
    for pathway in await _active(session, coordinator_id):
        reached = await _facts_reached(session, pathway)
        for row in list(pathway.steps):
            step = plan.step(row.slug)
            if row.done_at is None and step is not None and step.trigger in reached:
                await _mark_done(session, pathway, row)


async def undo_attended(session: AsyncSession, coordinator_id: UUID) -> None:
    """Take back the steps that a presence had completed, where none is left; a finished pathway reopens."""
    mine = select(Pathway).where(Pathway.coordinator_id == coordinator_id).with_for_update(of=Pathway)
    plan = pathway_plan()
    for pathway in (await session.scalars(mine)).all():
        if ATTENDED in await _facts_reached(session, pathway):
            continue
        for row in pathway.steps:
            step = plan.step(row.slug)
            if row.done_at is not None and step is not None and step.trigger == ATTENDED:
                row.done_at, pathway.updated_at = None, clock.now()
                pathway.status = "active" if pathway.status == "completed" else pathway.status
    await session.flush()


async def presence_withdrawn(session: AsyncSession, coordinator_id: UUID) -> bool:
    """Whether a check-in of hers is known to have been undone."""
    seats = await session.scalars(select(SeminarSeat).where(SeminarSeat.coordinator_id == coordinator_id))
    return any(at is None for seat in seats for at in (seat.presences or {}).values())


async def complete_step(session: AsyncSession, coordinator_id: UUID, slug: str) -> Pathway:
    """The coordinator ticks a step herself. Raises NoPathway, PathwayEnded, StepIsAutomatic."""
    found = await session.scalar(select_current(coordinator_id))
    if found is None:
        raise NoPathway
    pathway = await lock_row(session, Pathway, found.id)
    row = pathway.step(slug)
    if row is None:
        raise NoPathway
    if row.done_at is not None:
        return pathway
    if pathway.status != "active":
        raise PathwayEnded
    step = pathway_plan().step(slug)
    if step is not None and step.trigger:
        raise StepIsAutomatic
    await _mark_done(session, pathway, row)
    return pathway


async def close_pathway(session: AsyncSession, position_id: UUID) -> None:
    """The post ended: its pathway stops where it is."""
    found = await session.scalar(select(Pathway).where(Pathway.position_id == position_id))
    if found is not None and found.status == "active":
        found.status = "closed"


async def _mark_done(session: AsyncSession, pathway: Pathway, row: PathwayStep) -> None:
    row.done_at = pathway.updated_at = clock.now()
    done, total = pathway.done, len(pathway.steps)
    completed = PathwayStepCompleted(
        pathway_id=pathway.id,
        coordinator_id=pathway.coordinator_id,
        step=row.slug,
        done=done,
        total=total,
    )
    await tell(session, pathway, completed)
    if done == total:
        pathway.status = "completed"
        over = PathwayCompleted(pathway_id=pathway.id, coordinator_id=pathway.coordinator_id)
        await tell(session, pathway, over)


async def _active(session: AsyncSession, coordinator_id: UUID) -> list[Pathway]:
    mine = select(Pathway).where(Pathway.coordinator_id == coordinator_id, Pathway.status == "active")
    # Held: two facts at once must not both count themselves the last step.
    return list((await session.scalars(mine.with_for_update(of=Pathway))).all())


async def _facts_reached(session: AsyncSession, pathway: Pathway) -> set[str]:
    """The triggers whose fact holds, looking no further back than the arrival."""
    who, since = pathway.coordinator_id, min(pathway.started_on, pathway.created_at.date())
    reached: set[str] = set()
    person = await session.get(Coordinator, who)
    if person is not None and person.confirmed_on is not None and person.confirmed_on >= since:
        reached.add("profile-confirmed")
    pairs = select(Mentorship).where(Mentorship.mentee_id == who)
    mentorships = (await session.scalars(pairs)).all()
    if any(pair.started_on >= since or pair.is_active for pair in mentorships):
        reached.add("mentorship-started")
    met = select(Meeting.id).where(
        Meeting.mentorship_id.in_([pair.id for pair in mentorships]), Meeting.held_on >= since
    )
    if await session.scalar(met) is not None:
        reached.add("meeting-held")
    seats = (await session.scalars(select(SeminarSeat).where(SeminarSeat.coordinator_id == who))).all()
    if any(seat.confirmed_at and seat.confirmed_at.date() >= since for seat in seats):
        reached.add("seminar-registered")
    if any(seat.attended_at and seat.attended_at.date() >= since for seat in seats):
        reached.add(ATTENDED)
    return reached


def _started(pathway: Pathway) -> PathwayStarted:
    return PathwayStarted(
        pathway_id=pathway.id,
        coordinator_id=pathway.coordinator_id,
        position_id=pathway.position_id,
        due_on=pathway.due_on,
        steps=[step.slug for step in pathway.steps],
    )
