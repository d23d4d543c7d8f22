"""Proposals: the mentor answers, the mentee may take back."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from maillage.auth import Signed
from maillage.http import Page, PageParams, Write, service_router, set_etag
from maillage.http.openapi import problems

from maillage_mentoring import queries, usecases
from maillage_mentoring.api.reading import NOT_MODIFIED, Reader, Settings, of_this_region
from maillage_mentoring.errors import MentorFull, ProposalClosed
from maillage_mentoring.model import ProposalStatus
from maillage_mentoring.schemas import AcceptedOut, DeclineIn, ProposalOut

router = service_router(tags=["proposals"], dependencies=[Depends(of_this_region)])


@router.get("/proposals", response_model=Page[ProposalOut])
async def read_proposals(
    reader: Reader,
    params: PageParams,
    status: Annotated[ProposalStatus | None, Query()] = None,
    role: Annotated[
        Literal["mentor", "mentee"] | None, Query(description="Those in which I am the one or the other")
    ] = None,
    request_id: Annotated[UUID | None, Query()] = None,
) -> Page[ProposalOut]:
    """Proposals made to me or for me; every one for an animator. Newest first."""
    items, cursor = await queries.list_proposals(
        reader, params, status=status, role=role, request_id=request_id
    )
    return Page(items=items, next=cursor)


@router.get("/proposals/{proposal_id}", responses=NOT_MODIFIED, response_model=ProposalOut)
async def read_proposal(proposal_id: UUID, response: Response, reader: Reader) -> ProposalOut:
    """One proposal, for the two and for animators."""
    found = await queries.get_proposal(reader, proposal_id)
    set_etag(response, found.version)
    return found


@router.post(
    "/proposals/{proposal_id}/accept",
    responses=problems(ProposalClosed, MentorFull),
    response_model=AcceptedOut,
)
async def accept_proposal(
    proposal_id: UUID, response: Response, session: Write, me: Signed, reader: Reader, settings: Settings
) -> AcceptedOut:
    """I mentor her: the mentorship starts."""
    proposal, mentorship = await usecases.accept(session, proposal_id, me, settings)
    await session.flush()
    shown = (await queries.proposal_views(reader, [proposal]))[0]
    set_etag(response, shown.version)
    return AcceptedOut(**shown.model_dump(), mentorship_id=mentorship.id)


@router.post(
    "/proposals/{proposal_id}/decline", responses=problems(ProposalClosed), response_model=ProposalOut
)
async def decline_proposal(
    proposal_id: UUID,
    response: Response,
    session: Write,
    me: Signed,
    reader: Reader,
    settings: Settings,
    body: DeclineIn | None = None,
) -> ProposalOut:
    """I cannot: the next mentor is asked."""
    reason = body.reason if body else None
    proposal = await usecases.decline(session, proposal_id, me, reason, settings)
    await session.flush()
    set_etag(response, proposal.version)
    return (await queries.proposal_views(reader, [proposal]))[0]


@router.post(
    "/proposals/{proposal_id}/withdraw", responses=problems(ProposalClosed), response_model=ProposalOut
)
async def withdraw_proposal(
    proposal_id: UUID, response: Response, session: Write, me: Signed, reader: Reader
) -> ProposalOut:
    """The mentee takes this proposal back and chooses herself."""
    proposal = await usecases.withdraw_proposal(session, proposal_id, me)
    await session.flush()
    set_etag(response, proposal.version)
    return (await queries.proposal_views(reader, [proposal]))[0]
