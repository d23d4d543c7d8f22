"""Making this service's own rows again from the events it published, after its database was lost.

What never left (notes, goals, meetings, feedback) is gone with it. A row that is here, at the event's version
or beyond, is left as it is.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from maillage import clock
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.catalogue import pathway_plan
from maillage_mentoring.model import (
    MentorProfile,
    Mentorship,
    Pathway,
    PathwayStep,
    Position,
    Proposal,
    ProposalStatus,
    Request,
    RequestStatus,
)
from maillage_mentoring.model.mentor import DEFAULT_CAPACITY
from maillage_mentoring.settings import MentoringSettings
from maillage_mentoring.usecases.asking import drop_deadlines, pending_of, set_deadlines
from maillage_mentoring.usecases.mentors import set_resume
from maillage_mentoring.usecases.network import is_erased
from maillage_mentoring.usecases.pathways import ATTENDED, presence_withdrawn, undo_attended
from maillage_mentoring.usecases.searches import score_now

OUTCOMES = {
    "matched": RequestStatus.MATCHED,
    "withdrawn": RequestStatus.WITHDRAWN,
    "unmatched": RequestStatus.UNMATCHED,
}
REPLAY = timedelta(minutes=10)
"""A deadline that passed meanwhile waits this long: what settled it may be further on in the stream."""
ANSWERS = (ProposalStatus.ACCEPTED, ProposalStatus.DECLINED)


async def _put(
    session: AsyncSession,
    model: Any,
    row_id: UUID,
    sequence: int | None,
    values: dict[str, Any],
    *,
    make: bool,
) -> Any:
    """Bring a row to an event's version; the row, or None when it is known already or not to be made.

    Written beside the mapper, which would number the version itself.
    """
    await session.flush()
    row = await session.get(model, row_id)
    facts = {**values, "version": sequence or 1}
    if row is not None:
        if sequence is None or row.version >= sequence:
            return None
        await session.execute(update(model.__table__).where(model.id == row_id).values(**facts))
    elif make:
        now = clock.now()
        await session.execute(
            insert(model.__table__).values(**{"created_at": now, "updated_at": now, **facts, "id": row_id})
        )
    else:
        return None
    return await session.get(model, row_id, populate_existing=True)


async def offer(
    session: AsyncSession, sequence: int | None, mentor_id: UUID, offered: dict[str, Any]
) -> None:
    """She offers to mentor; not any more once she was erased, and her offer with her."""
    if await is_erased(session, mentor_id):
        return
    pending = max(offered["capacity"], DEFAULT_CAPACITY)
    facts = {**offered, "active": True, "max_pending": pending, "paused_until": None}
    await _put(session, MentorProfile, mentor_id, sequence, facts, make=True)


async def pause(session: AsyncSession, sequence: int | None, mentor_id: UUID, until: date | None) -> None:
    """She has paused until a day, or stopped."""
    facts = {"active": until is not None, "paused_until": until}
    mentor = await _put(session, MentorProfile, mentor_id, sequence, facts, make=False)
    if mentor is not None:
        await set_resume(session, mentor, not_before=clock.now() + REPLAY)


async def request(
    session: AsyncSession,
    sequence: int | None,
    request_id: UUID,
    mentee_id: UUID,
    origin: str,
    opened_at: datetime,
    sought: dict[str, list[str]],
) -> None:
    """A search was opened, or taken up again."""
    facts = {
        "mentee_id": mentee_id,
        "origin": origin,
        "status": RequestStatus.OPEN,
        "automatic": origin != "self",
        "from_profile": origin != "self",
        **sought,
        "opened_at": opened_at,
        "closed_at": None,
        "closed_reason": None,
    }
    await _put(session, Request, request_id, sequence, facts, make=True)


async def closure(
    session: AsyncSession,
    sequence: int | None,
    request_id: UUID,
    outcome: str,
    reason: str | None,
    closed_at: datetime,
) -> None:
    """The search ended."""
    status = OUTCOMES.get(outcome, RequestStatus.CLOSED)
    facts = {"status": status, "closed_at": closed_at, "closed_reason": reason}
    await _put(session, Request, request_id, sequence, facts, make=False)


async def proposal(
    session: AsyncSession,
    sequence: int | None,
    proposal_id: UUID,
    facts: dict[str, Any],
    settings: MentoringSettings,
) -> None:
    """A mentor was asked. The event has the reasons' codes only: their facts are found again."""
    search = await session.get(Request, facts["request_id"])
    if search is None:
        return
    pending = {**facts, "status": ProposalStatus.PENDING}
    row = await _put(session, Proposal, proposal_id, sequence, pending, make=True)
    if row is not None:
        await _follow(session, search)
        await set_deadlines(session, row, settings, not_before=clock.now() + REPLAY)
        await _find_reasons(session, search, row)


async def outcome(
    session: AsyncSession,
    sequence: int | None,
    proposal_id: UUID,
    status: str,
    at: datetime,
    because: str | None,
) -> None:
    """The proposal was answered, ran out or was taken back."""
    facts = {
        "status": status,
        "answered_at": at if status in ANSWERS else None,
        "withdrawn_because": because,
    }
    row = await _put(session, Proposal, proposal_id, sequence, facts, make=False)
    if row is not None:
        await drop_deadlines(session, row)
        search = await session.get(Request, row.request_id)
        if search is not None and search.is_live:
            await _follow(session, search)


async def mentorship(
    session: AsyncSession, sequence: int | None, mentorship_id: UUID, facts: dict[str, Any]
) -> None:
    """A pair began."""
    await _put(session, Mentorship, mentorship_id, sequence, facts, make=True)


async def mentorship_end(
    session: AsyncSession, sequence: int | None, mentorship_id: UUID, facts: dict[str, Any]
) -> None:
    """A pair ended."""
    await _put(session, Mentorship, mentorship_id, sequence, facts, make=False)


async def pathway(
    session: AsyncSession,
    sequence: int | None,
    pathway_id: UUID,
    coordinator_id: UUID,
    position_id: UUID,
    due_on: date,
    slugs: list[str],
    at: datetime,
) -> None:
    """A newcomer's pathway began, with these steps."""
    post, plan = await session.get(Position, position_id), pathway_plan()
    if post is None or await session.scalar(select(Pathway.id).where(Pathway.position_id == position_id)):
        return
    start = due_on - timedelta(days=plan.total_days)
    facts = {
        "coordinator_id": coordinator_id,
        "position_id": position_id,
        "cpts_id": post.cpts_id,
        "started_on": start,
        "due_on": due_on,
        "total_days": plan.total_days,
        "status": "active",
        "created_at": at,
    }
    await _put(session, Pathway, pathway_id, sequence, facts, make=True)
    for rank, slug in enumerate(slugs):
        step = plan.step(slug)
        due = start + timedelta(days=step.day if step else plan.total_days)
        session.add(PathwayStep(pathway_id=pathway_id, slug=slug, rank=rank, due_on=due))
    await session.flush()


async def step(session: AsyncSession, pathway_id: UUID, slug: str, at: datetime) -> None:
    """A step was done, unless the presence it came from has been withdrawn meanwhile."""
    row = await session.get(PathwayStep, (pathway_id, slug))
    if row is None or row.done_at is not None:
        return
    row.done_at = at
    done, pathway = pathway_plan().step(slug), await session.get(Pathway, pathway_id)
    if pathway is None or done is None or done.trigger != ATTENDED:
        return
    if await presence_withdrawn(session, pathway.coordinator_id):
        await undo_attended(session, pathway.coordinator_id)


async def completion(session: AsyncSession, sequence: int | None, pathway_id: UUID) -> None:
    """Every step was done."""
    await _put(session, Pathway, pathway_id, sequence, {"status": "completed"}, make=False)


async def _find_reasons(session: AsyncSession, search: Request, row: Proposal) -> None:
    found = await score_now(session, search, row.mentor_id)
    if found is not None:
        facts = {
            "reasons": [reason.as_json() for reason in found.reasons],
            "against": [reason.as_json() for reason in found.against],
        }
        table: Any = Proposal.__table__
        await session.execute(update(table).where(Proposal.id == row.id).values(**facts))
        await session.refresh(row)


async def _follow(session: AsyncSession, search: Request) -> None:
    """A live search is proposed while somebody is asked, else open. Written beside the mapper, as `_put`."""
    status = RequestStatus.PROPOSED if await pending_of(session, search) else RequestStatus.OPEN
    table: Any = Request.__table__
    await session.execute(update(table).where(Request.id == search.id).values(status=status))
    await session.refresh(search)
