"""Mentor profiles and the list of mentors."""

from typing import Annotated

from fastapi import Depends, Query, Response
from maillage.auth import Signed
from maillage.http import IfMatch, Page, PageParams, Read, Write, service_router, set_etag
from maillage.http.openapi import problems

from maillage_mentoring import queries, usecases
from maillage_mentoring.api.reading import NOT_MODIFIED, Reader, Settings, of_this_region
from maillage_mentoring.errors import UnknownCoordinator
from maillage_mentoring.queries.mentors import MentorFilter
from maillage_mentoring.schemas import Mentor, MentorProfileIn, MentorProfileOut, Slug

router = service_router(tags=["mentors"], dependencies=[Depends(of_this_region)])


@router.get("/me/mentor-profile", responses=NOT_MODIFIED, response_model=MentorProfileOut)
async def read_my_mentor_profile(response: Response, session: Read, me: Signed) -> MentorProfileOut:
    """My offer to mentor; before I made one, a draft from my profile, as version 0."""
    profile = await queries.mentor_profile(session, me.id)
    set_etag(response, profile.version)
    return profile


@router.put("/me/mentor-profile", responses=problems(UnknownCoordinator), response_model=MentorProfileOut)
async def put_my_mentor_profile(
    body: MentorProfileIn,
    response: Response,
    session: Write,
    me: Signed,
    version: IfMatch,
    settings: Settings,
) -> MentorProfileOut:
    """Make, change, pause or end my offer."""
    wanted = usecases.Offer(**body.model_dump())
    await usecases.offer(session, me, wanted, version, settings)
    profile = await queries.mentor_profile(session, me.id)
    set_etag(response, profile.version)
    return profile


@router.get("/mentors", response_model=Page[Mentor])
async def read_mentors(
    reader: Reader,
    params: PageParams,
    skill: Annotated[Slug | None, Query()] = None,
    challenge: Annotated[Slug | None, Query()] = None,
    department: Annotated[str | None, Query(pattern=r"^[0-9][0-9AB][0-9]?$")] = None,
    territory_type: Annotated[Slug | None, Query()] = None,
    available: Annotated[bool | None, Query(description="With a free place, and not paused")] = None,
) -> Page[Mentor]:
    """Who offers to mentor."""
    wanted = MentorFilter(skill, challenge, department, territory_type, available)
    items, cursor = await queries.list_mentors(reader, params, wanted)
    return Page(items=items, next=cursor)
