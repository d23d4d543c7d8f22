"""Coordinators: profiles, peers, erasure."""

from typing import Annotated
from uuid import UUID

from fastapi import BackgroundTasks, Query, Request, Response
from maillage.auth import AnimatorOrService, Signed, require_self_or_animator
from maillage.http import IfMatch, Page, PageParams, Read, Write, problems, service_router, set_etag

from maillage_directory import usecases
from maillage_directory.api.kept import kept
from maillage_directory.api.parts import CoordinatorFilters, Language, Looking, Settings, mail_after
from maillage_directory.errors import EmailTaken, PersonErased, TooManyCodes
from maillage_directory.queries import coordinators as queries
from maillage_directory.queries import erasures as erasure_queries
from maillage_directory.queries import peers as peer_queries
from maillage_directory.queries.filters import Filters
from maillage_directory.queries.map import fingerprint
from maillage_directory.queries.neighbours import linked
from maillage_directory.queries.overview import overview
from maillage_directory.schemas.coordinator import (
    CoordinatorChange,
    CoordinatorCreate,
    CoordinatorOut,
    CoordinatorSummary,
    Overview,
)
from maillage_directory.schemas.erasure import ErasureOut
from maillage_directory.schemas.groups import PeerList

router = service_router(tags=["coordinators"])
Peers = Annotated[int, Query(ge=1, le=peer_queries.MOST, description="at most so many")]
Lines = Annotated[int, Query(ge=0, le=1000, description="lines of the list")]


@router.get("/coordinators")
async def list_coordinators(
    session: Read, wanted: CoordinatorFilters, looking: Looking, paging: PageParams
) -> Page[CoordinatorOut]:
    """Coordinators, each as far as she is open to who is asking; a hidden field finds nobody."""
    items, cursor = await queries.list_coordinators(session, wanted, looking, paging)
    return Page(items=items, next=cursor)


@router.get("/coordinators/summary", response_model=CoordinatorSummary)
async def summarize_coordinators(
    request: Request, session: Read, wanted: CoordinatorFilters, looking: Looking
) -> Response:
    """How many coordinators match, and which challenges they share: what is open to who is asking.

    A caller that holds this answer already is told so at once.
    """

    async def count() -> CoordinatorSummary:
        return await queries.summary(session, wanted, looking)

    question = (await fingerprint(session, looking), wanted)
    return await kept(request).summaries.answer(request, question, count, "application/json")


@router.get("/coordinators/overview", response_model=Overview)
async def survey_coordinators(
    request: Request,
    session: Read,
    settings: Settings,
    wanted: CoordinatorFilters,
    looking: Looking,
    limit: Lines = 50,
) -> Response:
    """The first lines of the list with what stands around them on a page: counts, places, other regions.

    All of it as far as it is open to who is asking, of one moment. A caller that holds this answer already is
    told so at once.
    """
    state = await fingerprint(session, looking)
    regions = await linked(session, settings.peer_regions, looking)
    around = (regions, kept(request).maps.tag((state, Filters())))

    async def look() -> Overview:
        return await overview(session, wanted, looking, limit, *around)

    question = (state, wanted, limit, around)
    return await kept(request).overviews.answer(request, question, look, "application/json")


@router.post("/coordinators", status_code=201)
async def add_coordinator(
    session: Write, caller: AnimatorOrService, looking: Looking, body: CoordinatorCreate, response: Response
) -> CoordinatorOut:
    """Makes a profile and its account."""
    added = await usecases.add_coordinator(session, caller, body)
    set_etag(response, added.version)
    response.headers["Location"] = f"coordinators/{added.id}"
    return await queries.one_coordinator(session, added.id, looking)


@router.get("/coordinators/{coordinator_id}", responses=problems(PersonErased))
async def get_coordinator(
    session: Read, coordinator_id: UUID, looking: Looking, response: Response
) -> CoordinatorOut:
    """One profile, as far as it is open to who is asking."""
    found = await queries.one_coordinator(session, coordinator_id, looking)
    set_etag(response, found.version)
    return found


@router.patch("/coordinators/{coordinator_id}", responses=problems(TooManyCodes, EmailTaken, PersonErased))
async def change_coordinator(
    session: Write,
    request: Request,
    settings: Settings,
    caller: Signed,
    looking: Looking,
    coordinator_id: UUID,
    version: IfMatch,
    body: CoordinatorChange,
    response: Response,
    after: BackgroundTasks,
) -> CoordinatorOut:
    """Changes the fields that are sent: her own, or anybody's for an animator.

    Her own address waits for a code that is mailed there.
    """
    require_self_or_animator(caller, coordinator_id)
    if body.email:
        letters = await usecases.change_address(session, settings, caller, coordinator_id, body.email)
        mail_after(after, request, settings, letters)
    changed = await usecases.change_coordinator(session, caller, coordinator_id, version, body)
    set_etag(response, changed.version)
    return await queries.one_coordinator(session, coordinator_id, looking)


@router.post("/coordinators/{coordinator_id}/confirm", responses=problems(PersonErased))
async def confirm_profile(
    session: Write, caller: Signed, looking: Looking, coordinator_id: UUID, response: Response
) -> CoordinatorOut:
    """ "Still right": notes the day the profile was last looked over."""
    require_self_or_animator(caller, coordinator_id)
    confirmed = await usecases.confirm_profile(session, coordinator_id)
    set_etag(response, confirmed.version)
    return await queries.one_coordinator(session, coordinator_id, looking)


@router.delete(
    "/coordinators/{coordinator_id}", status_code=202, tags=["erasure"], responses=problems(PersonErased)
)
async def erase_coordinator(
    session: Write,
    caller: Signed,
    settings: Settings,
    coordinator_id: UUID,
    version: IfMatch,
    response: Response,
) -> ErasureOut:
    """Erases a person here at once and asks the other services to; the receipt says who has."""
    require_self_or_animator(caller, coordinator_id)
    erasure = await usecases.erase_coordinator(session, settings, caller, coordinator_id, version)
    response.headers["Location"] = f"{settings.public_url}/api/directory/v1/erasures/{erasure.id}"
    return await erasure_queries.view(session, settings, erasure)


@router.get("/coordinators/{coordinator_id}/peers", responses=problems(PersonErased))
async def list_peers(
    request: Request,
    session: Read,
    caller: Signed,
    looking: Looking,
    language: Language,
    coordinator_id: UUID,
    limit: Peers = peer_queries.MOST,
) -> PeerList:
    """Who is in a similar situation, the most similar first, with the reasons for and against."""
    require_self_or_animator(caller, coordinator_id)
    return await peer_queries.peers(session, kept(request).told, coordinator_id, looking, language, limit)
