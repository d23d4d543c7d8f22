"""The newcomer's first hundred days."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from maillage.auth import Animator, Signed
from maillage.http import Page, PageParams, Write, service_router, set_etag
from maillage.http.openapi import problems

from maillage_mentoring import queries, usecases
from maillage_mentoring.api.reading import NOT_MODIFIED, Reader, of_this_region
from maillage_mentoring.errors import NoPathway, PathwayEnded, StepIsAutomatic
from maillage_mentoring.schemas import PathwayOut

router = service_router(tags=["pathways"], dependencies=[Depends(of_this_region)])


@router.get("/me/pathway", responses={**problems(NoPathway), **NOT_MODIFIED}, response_model=PathwayOut)
async def read_my_pathway(response: Response, reader: Reader, me: Signed) -> PathwayOut:
    """My first hundred days: where I am, what is done, what is next."""
    return await _answer(response, reader, me.id)


@router.post(
    "/me/pathway/steps/{slug}/complete",
    responses=problems(NoPathway, PathwayEnded, StepIsAutomatic),
    response_model=PathwayOut,
)
async def complete_my_step(
    slug: str, response: Response, session: Write, me: Signed, reader: Reader
) -> PathwayOut:
    """I have done this step. Steps that follow from a fact complete by themselves."""
    pathway = await usecases.complete_step(session, me.id, slug)
    await session.flush()
    set_etag(response, pathway.version)
    return await queries.pathway_view(reader, pathway)


@router.get("/pathways", response_model=Page[PathwayOut])
async def read_pathways(
    reader: Reader,
    _: Animator,
    params: PageParams,
    status: Annotated[Literal["active", "completed", "closed"] | None, Query()] = None,
) -> Page[PathwayOut]:
    """Everyone's, for animators. Newest first."""
    items, cursor = await queries.list_pathways(reader, params, status=status)
    return Page(items=items, next=cursor)


@router.get(
    "/pathways/{coordinator_id}", responses={**problems(NoPathway), **NOT_MODIFIED}, response_model=PathwayOut
)
async def read_pathway(coordinator_id: UUID, response: Response, reader: Reader) -> PathwayOut:
    """Somebody's pathway, for herself, her mentor and animators."""
    return await _answer(response, reader, coordinator_id)


async def _answer(response: Response, reader: Reader, coordinator_id: UUID) -> PathwayOut:
    found = await queries.get_pathway(reader, coordinator_id)
    set_etag(response, found.version)
    return found
