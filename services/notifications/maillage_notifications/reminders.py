"""Reminders that nobody else sends: a proposal left without an answer until half its time is gone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from maillage.timers import TimerContext, Timers

from .model import Proposal
from .telling import Notice, tell_in

NUDGE = "proposal-nudge"

timers = Timers()


def nudge_time(made_at: datetime, answer_by: datetime) -> datetime:
    """Half-way to the deadline."""
    return made_at + (answer_by - made_at) / 2


@timers.on(NUDGE)
async def nudge(key: str, ctx: TimerContext) -> None:
    """Remind the mentor, unless the proposal was answered meanwhile. `key` is the proposal's id."""
    proposal = await ctx.session.get(Proposal, UUID(key))
    if proposal is None or proposal.status != "pending":
        return
    params = {"mentee_id": str(proposal.mentee_id), "proposal_id": key}
    notice = Notice(
        proposal.mentor_id, "proposal-nudge", params, about=(proposal.mentee_id,), due_at=proposal.answer_by
    )
    await tell_in(ctx.session, notice, origin=f"nudge:{key}")
