"""Events of mentoring: who is asked, who accepts, how a mentorship begins and ends, the pathway."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from maillage.events import Consumed, Context
from pydantic import Field
from sqlalchemy import select

from ..model import IN_APP, Message, Proposal
from ..telling import Notice, animators, tell
from .base import OUTDATED, consumer, keep, reference_time


class ProposalEvent(Consumed):
    proposal_id: UUID
    request_id: UUID
    mentee_id: UUID
    mentor_id: UUID
    rank: int = 1
    answer_by: datetime
    reasons: list[str] = Field(default_factory=list)
    against: list[str] = Field(default_factory=list)


class ProposalWithdrawn(ProposalEvent):
    because: str = ""


class MentorshipStarted(Consumed):
    mentorship_id: UUID
    request_id: UUID | None = None
    mentee_id: UUID
    mentor_id: UUID


class MentorshipEnded(Consumed):
    mentorship_id: UUID
    mentee_id: UUID
    mentor_id: UUID
    reason: str
    handover_request_id: UUID | None = None


class RequestClosed(Consumed):
    request_id: UUID
    mentee_id: UUID
    outcome: str
    reason: str | None = None


class StepCompleted(Consumed):
    pathway_id: UUID
    coordinator_id: UUID
    step: str
    done: int
    total: int


class PathwayCompleted(Consumed):
    pathway_id: UUID
    coordinator_id: UUID


async def _keep(event: ProposalEvent, ctx: Context, status: str) -> bool:
    """Copy the proposal; false when a later word on it is already known."""
    facts = event.model_dump(include={"request_id", "mentee_id", "mentor_id", "answer_by"})
    both = [event.mentee_id, event.mentor_id]
    return await keep(ctx, Proposal, event.proposal_id, of=both, **facts, status=status) is not None


def _between(event: ProposalEvent | MentorshipStarted | MentorshipEnded) -> dict[str, str]:
    return {"mentor_id": str(event.mentor_id), "mentee_id": str(event.mentee_id)}


def _once(request_id: UUID) -> str:
    """By which it is known that a mentee has read, of a mentorship that has begun, that somebody said yes."""
    return f"matched:{request_id}"


@consumer.project("mentoring.proposal.made.v1")
async def on_proposal_made(event: ProposalEvent, ctx: Context) -> None:
    """Ask the mentor, and tell the mentee who is asked."""
    fresh = await _keep(event, ctx, "pending")
    silent = None if fresh and event.answer_by > reference_time(ctx) else OUTDATED
    params = {
        **_between(event),
        "proposal_id": str(event.proposal_id),
        "reasons": event.reasons,
        "against": event.against,
        "rank": event.rank,
    }
    for recipient, other, topic in (
        (event.mentor_id, event.mentee_id, "proposal-made"),
        (event.mentee_id, event.mentor_id, "proposal-sent"),
    ):
        await tell(
            ctx, Notice(recipient, topic, params, about=(other,), due_at=event.answer_by, silent=silent)
        )


@consumer.project("mentoring.proposal.nudged.v1")
async def on_proposal_nudged(event: ProposalEvent, ctx: Context) -> None:
    fresh = await _keep(event, ctx, "pending")
    silent = None if fresh and event.answer_by > reference_time(ctx) else OUTDATED
    params = {**_between(event), "proposal_id": str(event.proposal_id)}
    notice = Notice(
        event.mentor_id,
        "proposal-nudge",
        params,
        about=(event.mentee_id,),
        due_at=event.answer_by,
        silent=silent,
    )
    await tell(ctx, notice)


@consumer.project("mentoring.proposal.withdrawn.v1")
async def on_proposal_withdrawn(event: ProposalWithdrawn, ctx: Context) -> None:
    """Tell the mentor that no answer is needed; whoever withdrew it knows."""
    await _keep(event, ctx, "withdrawn")
    params = {**_between(event), "because": event.because}
    await tell(ctx, Notice(event.mentor_id, "proposal-withdrawn", params, about=(event.mentee_id,)))


@consumer.project("mentoring.proposal.accepted.v1")
async def on_proposal_accepted(event: ProposalEvent, ctx: Context) -> None:
    """Tell the mentee; the mentor who just said yes hears of it when the mentorship starts."""
    await _keep(event, ctx, "accepted")
    started = f"{_once(event.request_id)}:{event.mentee_id}:mentorship-started:{IN_APP}"
    read = await ctx.session.scalar(select(Message.id).where(Message.key == started)) is not None
    silent = OUTDATED if read else None
    params, mentor = _between(event), event.mentor_id
    await tell(ctx, Notice(event.mentee_id, "proposal-accepted", params, about=(mentor,), silent=silent))


@consumer.project("mentoring.proposal.declined.v1")
async def on_proposal_declined(event: ProposalEvent, ctx: Context) -> None:
    await _keep(event, ctx, "declined")
    params = {**_between(event), "outcome": "declined"}
    await tell(ctx, Notice(event.mentee_id, "proposal-declined", params, about=(event.mentor_id,)))


@consumer.project("mentoring.proposal.expired.v1")
async def on_proposal_expired(event: ProposalEvent, ctx: Context) -> None:
    """Tell both, without reproach: the mentee that another is sought, the mentor that nothing is expected."""
    await _keep(event, ctx, "expired")
    params = {**_between(event), "outcome": "expired"}
    await tell(
        ctx,
        Notice(event.mentee_id, "proposal-declined", params, about=(event.mentor_id,)),
        Notice(event.mentor_id, "proposal-lapsed", params, about=(event.mentee_id,)),
    )


@consumer.project("mentoring.request.closed.v1")
async def on_request_closed(event: RequestClosed, ctx: Context) -> None:
    """A request that found nobody must not end in silence."""
    if event.outcome != "unmatched":
        return
    await tell(ctx, Notice(event.mentee_id, "mentor-not-found", {"reason": event.reason or ""}))
    for animator in await animators(ctx.session, but=[event.mentee_id]):
        params = {"mentee_id": str(event.mentee_id), "reason": event.reason or ""}
        await tell(ctx, Notice(animator, "mentor-needed", params, about=(event.mentee_id,)))


@consumer.project("mentoring.mentorship.started.v1")
async def on_mentorship_started(event: MentorshipStarted, ctx: Context) -> None:
    """Tell the mentor; the mentee too unless she has just read that her proposal was accepted."""
    params = _between(event)
    await tell(
        ctx,
        Notice(event.mentor_id, "mentorship-started", {**params, "as": "mentor"}, about=(event.mentee_id,)),
    )
    accepted = select(Proposal.id).where(
        Proposal.mentee_id == event.mentee_id,
        Proposal.mentor_id == event.mentor_id,
        Proposal.request_id == event.request_id,
        Proposal.status == "accepted",
    )
    if event.request_id is None or await ctx.session.scalar(accepted.limit(1)) is None:
        once = _once(event.request_id) if event.request_id else None
        hers = {**params, "as": "mentee"}
        await tell(
            ctx, Notice(event.mentee_id, "mentorship-started", hers, about=(event.mentor_id,), once=once)
        )


@consumer.project("mentoring.mentorship.ended.v1")
async def on_mentorship_ended(event: MentorshipEnded, ctx: Context) -> None:
    """Tell both how it ends and, to the mentee whose mentor leaves, that another is sought."""
    handover = event.handover_request_id is not None
    params = {**_between(event), "reason": event.reason, "handover": handover}
    for recipient, other, side in (
        (event.mentor_id, event.mentee_id, "mentor"),
        (event.mentee_id, event.mentor_id, "mentee"),
    ):
        await tell(ctx, Notice(recipient, "mentorship-ended", {**params, "as": side}, about=(other,)))


@consumer.project("mentoring.pathway.step-completed.v1")
async def on_step_completed(event: StepCompleted, ctx: Context) -> None:
    params = {"step": event.step, "done": event.done, "total": event.total}
    await tell(ctx, Notice(event.coordinator_id, "pathway-step", params))


@consumer.project("mentoring.pathway.completed.v1")
async def on_pathway_completed(event: PathwayCompleted, ctx: Context) -> None:
    await tell(ctx, Notice(event.coordinator_id, "pathway-completed", {}))
