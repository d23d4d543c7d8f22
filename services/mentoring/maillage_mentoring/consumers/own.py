"""Mentoring's own events, read back: a database that was lost is made again from what it had published.

Every handler leaves alone what is known already, so in ordinary times they change nothing.
"""

from datetime import date, datetime
from uuid import UUID

from maillage.events import Consumed, Context

from maillage_mentoring.consumers.consumer import consumer
from maillage_mentoring.usecases import restore


class MentorAvailable(Consumed):
    coordinator_id: UUID
    capacity: int
    skills: list[str]
    challenges: list[str]


class MentorPaused(Consumed):
    coordinator_id: UUID
    until: date | None = None


class RequestOpened(Consumed):
    request_id: UUID
    mentee_id: UUID
    origin: str
    skills: list[str]
    challenges: list[str]


class RequestClosed(Consumed):
    request_id: UUID
    outcome: str
    reason: str | None = None


class ProposalMade(Consumed):
    proposal_id: UUID
    request_id: UUID
    mentee_id: UUID
    mentor_id: UUID
    rank: int
    answer_by: datetime
    score: int
    reasons: list[str]
    against: list[str]


class ProposalOver(Consumed):
    proposal_id: UUID
    because: str | None = None


class MentorshipStarted(Consumed):
    mentorship_id: UUID
    request_id: UUID | None = None
    mentee_id: UUID
    mentor_id: UUID
    started_on: date


class MentorshipEnded(Consumed):
    mentorship_id: UUID
    ended_on: date
    reason: str
    handover_request_id: UUID | None = None


class PathwayStarted(Consumed):
    pathway_id: UUID
    coordinator_id: UUID
    position_id: UUID
    due_on: date
    steps: list[str]


class PathwayStepCompleted(Consumed):
    pathway_id: UUID
    step: str


class PathwayCompleted(Consumed):
    pathway_id: UUID


@consumer.project("mentoring.mentor.available.v1")
async def restore_offer(event: MentorAvailable, ctx: Context) -> None:
    facts = event.model_dump(exclude={"coordinator_id"})
    await restore.offer(ctx.session, ctx.sequence, event.coordinator_id, facts)


@consumer.project("mentoring.mentor.paused.v1")
async def restore_pause(event: MentorPaused, ctx: Context) -> None:
    await restore.pause(ctx.session, ctx.sequence, event.coordinator_id, event.until)


@consumer.project("mentoring.request.opened.v1")
async def restore_request(event: RequestOpened, ctx: Context) -> None:
    sought = {"skills": event.skills, "challenges": event.challenges}
    await restore.request(
        ctx.session, ctx.sequence, event.request_id, event.mentee_id, event.origin, ctx.time, sought
    )


@consumer.project("mentoring.request.closed.v1")
async def restore_closure(event: RequestClosed, ctx: Context) -> None:
    await restore.closure(ctx.session, ctx.sequence, event.request_id, event.outcome, event.reason, ctx.time)


@consumer.project("mentoring.proposal.made.v1")
async def restore_proposal(event: ProposalMade, ctx: Context) -> None:
    facts = event.model_dump(exclude={"proposal_id", "reasons", "against"})
    facts["reasons"] = [{"code": code} for code in event.reasons]
    facts["against"] = [{"code": code} for code in event.against]
    await restore.proposal(
        ctx.session, ctx.sequence, event.proposal_id, {**facts, "made_at": ctx.time}, ctx.settings
    )


@consumer.project("mentoring.proposal.accepted.v1")
@consumer.project("mentoring.proposal.declined.v1")
@consumer.project("mentoring.proposal.expired.v1")
@consumer.project("mentoring.proposal.withdrawn.v1")
async def restore_outcome(event: ProposalOver, ctx: Context) -> None:
    outcome = ctx.type.rsplit(".", 2)[1]
    await restore.outcome(ctx.session, ctx.sequence, event.proposal_id, outcome, ctx.time, event.because)


@consumer.project("mentoring.mentorship.started.v1")
async def restore_mentorship(event: MentorshipStarted, ctx: Context) -> None:
    facts = {**event.model_dump(exclude={"mentorship_id"}), "status": "active", "created_at": ctx.time}
    await restore.mentorship(ctx.session, ctx.sequence, event.mentorship_id, facts)


@consumer.project("mentoring.mentorship.ended.v1")
async def restore_end(event: MentorshipEnded, ctx: Context) -> None:
    facts = {
        "status": "ended",
        "ended_on": event.ended_on,
        "end_reason": event.reason,
        "handover_request_id": event.handover_request_id,
    }
    await restore.mentorship_end(ctx.session, ctx.sequence, event.mentorship_id, facts)


@consumer.project("mentoring.pathway.started.v1")
async def restore_pathway(event: PathwayStarted, ctx: Context) -> None:
    await restore.pathway(
        ctx.session,
        ctx.sequence,
        event.pathway_id,
        event.coordinator_id,
        event.position_id,
        event.due_on,
        event.steps,
        ctx.time,
    )


@consumer.project("mentoring.pathway.step-completed.v1")
async def restore_step(event: PathwayStepCompleted, ctx: Context) -> None:
    await restore.step(ctx.session, event.pathway_id, event.step, ctx.time)


@consumer.project("mentoring.pathway.completed.v1")
async def restore_completion(event: PathwayCompleted, ctx: Context) -> None:
    await restore.completion(ctx.session, ctx.sequence, event.pathway_id)
