"""Searches for a mentor."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from maillage.auth import Signed
from maillage.http import IfMatch, Page, PageParams, Write, service_router, set_etag
from maillage.http.openapi import problems

from maillage_mentoring import queries, usecases
from maillage_mentoring.api.reading import NOT_MODIFIED, Reader, Settings, of_this_region
from maillage_mentoring.errors import (
    MentorFull,
    MentorNotPossible,
    RequestAlreadyOpen,
    RequestClosed,
    TooManyProposals,
    UnknownCoordinator,
)
from maillage_mentoring.model import RequestStatus
from maillage_mentoring.schemas import (
    PickIn,
    ProposalOut,
    RequestEdit,
    RequestIn,
    RequestOut,
    SuggestionsOut,
)

router = service_router(tags=["requests"], dependencies=[Depends(of_this_region)])


@router.get("/requests", response_model=Page[RequestOut])
async def read_requests(
    reader: Reader,
    params: PageParams,
    status: Annotated[RequestStatus | None, Query()] = None,
    origin: Annotated[Literal["arrival", "self", "handover"] | None, Query()] = None,
    mentee_id: Annotated[UUID | None, Query()] = None,
) -> Page[RequestOut]:
    """My searches; every search for an animator. Newest first."""
    items, cursor = await queries.list_requests(
        reader, params, status=status, origin=origin, mentee_id=mentee_id
    )
    return Page(items=items, next=cursor)


@router.post(
    "/requests",
    status_code=201,
    responses=problems(UnknownCoordinator, RequestAlreadyOpen),
    response_model=RequestOut,
)
async def open_request(
    body: RequestIn, response: Response, session: Write, me: Signed, reader: Reader
) -> RequestOut:
    """Look for a mentor; an animator may do it for somebody."""
    wishes = usecases.Wishes(body.skills, body.challenges, body.note)
    request = await usecases.ask(session, me, body.coordinator_id or me.id, wishes)
    response.headers["Location"] = f"requests/{request.id}"
    return await _shown(reader, request.id, response)


@router.get("/requests/{request_id}", responses=NOT_MODIFIED, response_model=RequestOut)
async def read_request(request_id: UUID, response: Response, reader: Reader) -> RequestOut:
    """One search with everyone asked so far."""
    found = await queries.get_request(reader, request_id)
    set_etag(response, found.version)
    return found


@router.patch("/requests/{request_id}", responses=problems(RequestClosed), response_model=RequestOut)
async def edit_request(
    request_id: UUID,
    body: RequestEdit,
    response: Response,
    session: Write,
    me: Signed,
    reader: Reader,
    version: IfMatch,
) -> RequestOut:
    """Change what is sought, while the search lasts."""
    wishes = usecases.Wishes(body.skills, body.challenges, body.note)
    await usecases.edit(session, request_id, me, version, wishes)
    return await _shown(reader, request_id, response)


@router.post("/requests/{request_id}/withdraw", responses=problems(RequestClosed), response_model=RequestOut)
async def withdraw_request(
    request_id: UUID, response: Response, session: Write, me: Signed, reader: Reader
) -> RequestOut:
    """End the search."""
    await usecases.withdraw_request(session, request_id, me)
    return await _shown(reader, request_id, response)


@router.get("/requests/{request_id}/suggestions", response_model=SuggestionsOut)
async def read_suggestions(request_id: UUID, reader: Reader) -> SuggestionsOut:
    """Whom to ask now, the twenty best, best first, with the reasons for and against."""
    return SuggestionsOut(items=await queries.get_suggestions(reader, request_id))


@router.post(
    "/requests/{request_id}/proposals",
    status_code=201,
    responses=problems(RequestClosed, TooManyProposals, MentorNotPossible, MentorFull),
    response_model=ProposalOut,
)
async def pick_mentor(
    request_id: UUID,
    body: PickIn,
    response: Response,
    session: Write,
    me: Signed,
    reader: Reader,
    settings: Settings,
) -> ProposalOut:
    """Ask this mentor."""
    made = await usecases.pick(session, request_id, me, body.mentor_id, settings)
    await session.flush()
    response.headers["Location"] = f"proposals/{made.id}"
    set_etag(response, made.version)
    return (await queries.proposal_views(reader, [made]))[0]


async def _shown(reader: Reader, request_id: UUID, response: Response) -> RequestOut:
    await reader.session.flush()
    shown = await queries.get_request(reader, request_id)
    set_etag(response, shown.version)
    return shown
