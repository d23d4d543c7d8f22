"""Searches for a mentor, suggestions and proposals."""

from collections import defaultdict
from typing import Literal
from uuid import UUID

from maillage import clock
from maillage.auth import require_self_or_animator
from maillage.errors import Forbidden, NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import or_, select

from maillage_mentoring.candidates import suggestions_for
from maillage_mentoring.model import Proposal, Request
from maillage_mentoring.queries.people import Reading, people
from maillage_mentoring.schemas import ProposalOut, RequestOut, SuggestionOut
from maillage_mentoring.wording import say_unmatched

SHOWN = 20
"""Mentors suggested at once: more than anybody compares."""


async def list_requests(
    reading: Reading, params: Paging, *, status: str | None, origin: str | None, mentee_id: UUID | None
) -> tuple[list[RequestOut], str | None]:
    """An animator's view of all searches; anyone else sees her own."""
    stmt = select(Request)
    if not reading.by.is_animator:
        stmt = stmt.where(Request.mentee_id == reading.by.id)
    for column, value in ((Request.status, status), (Request.origin, origin), (Request.mentee_id, mentee_id)):
        if value is not None:
            stmt = stmt.where(column == value)
    rows, cursor = await paginate(
        reading.session,
        stmt,
        params,
        key=(Request.opened_at, Request.id),
        descending=True,
    )
    return await request_views(reading, rows), cursor


async def get_request(reading: Reading, request_id: UUID) -> RequestOut:
    """Raises NotFound; Forbidden for anyone but the mentee and animators."""
    return (await request_views(reading, [await _hers(reading, request_id)]))[0]


async def get_suggestions(reading: Reading, request_id: UUID) -> list[SuggestionOut]:
    """Whom she could ask now, best first, `SHOWN` at most. Raises as `get_request`."""
    request = await _hers(reading, request_id)
    found = await suggestions_for(reading.session, request, clock.today(), SHOWN)
    who = await people(reading, [each.mentor_id for each in found])
    return [
        SuggestionOut(
            mentor_id=each.mentor_id,
            mentor=who[each.mentor_id],
            score=each.score,
            reasons=reading.texts(reason.as_json() for reason in each.reasons),
            against=reading.texts(reason.as_json() for reason in each.against),
        )
        for each in found
    ]


async def list_proposals(
    reading: Reading,
    params: Paging,
    *,
    status: str | None,
    role: Literal["mentor", "mentee"] | None,
    request_id: UUID | None,
) -> tuple[list[ProposalOut], str | None]:
    """Proposals made to her or for her; all of them for an animator who names no role."""
    me, stmt = reading.by.id, select(Proposal)
    if role is not None:
        stmt = stmt.where((Proposal.mentor_id if role == "mentor" else Proposal.mentee_id) == me)
    elif not reading.by.is_animator:
        stmt = stmt.where(or_(Proposal.mentor_id == me, Proposal.mentee_id == me))
    if status is not None:
        stmt = stmt.where(Proposal.status == status)
    if request_id is not None:
        stmt = stmt.where(Proposal.request_id == request_id)
    rows, cursor = await paginate(
        reading.session,
        stmt,
        params,
        key=(Proposal.made_at, Proposal.id),
        descending=True,
    )
    return await proposal_views(reading, rows), cursor


async def get_proposal(reading: Reading, proposal_id: UUID) -> ProposalOut:
    """Raises NotFound; Forbidden for anyone but the two and animators."""
    proposal = await reading.session.get(Proposal, proposal_id)
    if proposal is None:
        raise NotFound
    if reading.by.id not in (proposal.mentor_id, proposal.mentee_id) and not reading.by.is_animator:
        raise Forbidden
    return (await proposal_views(reading, [proposal]))[0]


async def request_views(reading: Reading, rows: list[Request]) -> list[RequestOut]:
    """Requests with their proposals, as this reader sees them."""
    asked = (
        select(Proposal)
        .where(Proposal.request_id.in_([row.id for row in rows]))
        .order_by(Proposal.rank, Proposal.id)
    )
    by_request: defaultdict[UUID, list[ProposalOut]] = defaultdict(list)
    for view in await proposal_views(reading, list((await reading.session.scalars(asked)).all())):
        by_request[view.request_id].append(view)
    who = await people(reading, [row.mentee_id for row in rows])
    return [
        RequestOut(
            id=row.id,
            mentee_id=row.mentee_id,
            mentee=who[row.mentee_id],
            origin=row.origin,
            status=row.status,
            skills=row.skills,
            challenges=row.challenges,
            note=row.note,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            closed_reason=row.closed_reason,
            closed_text=say_unmatched(row.closed_reason, reading.language),
            proposals=by_request[row.id],
            version=row.version,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


async def proposal_views(reading: Reading, rows: list[Proposal]) -> list[ProposalOut]:
    """Proposals as this reader sees them, with what the mentee seeks."""
    who = await people(reading, [i for row in rows for i in (row.mentee_id, row.mentor_id)])
    wanted = select(Request).where(Request.id.in_({row.request_id for row in rows}))
    requests = {request.id: request for request in (await reading.session.scalars(wanted)).all()}
    return [
        ProposalOut(
            id=row.id,
            request_id=row.request_id,
            mentee_id=row.mentee_id,
            mentee=who[row.mentee_id],
            mentor_id=row.mentor_id,
            mentor=who[row.mentor_id],
            rank=row.rank,
            status=row.status,
            made_at=row.made_at,
            answer_by=row.answer_by,
            answered_at=row.answered_at,
            score=row.score,
            reasons=reading.texts(row.reasons),
            against=reading.texts(row.against),
            skills=requests[row.request_id].skills,
            challenges=requests[row.request_id].challenges,
            note=requests[row.request_id].note,
            decline_reason=row.decline_reason,
            withdrawn_because=row.withdrawn_because,
            version=row.version,
        )
        for row in rows
    ]


async def _hers(reading: Reading, request_id: UUID) -> Request:
    request = await reading.session.get(Request, request_id)
    if request is None:
        raise NotFound
    require_self_or_animator(reading.by, request.mentee_id)
    return request
