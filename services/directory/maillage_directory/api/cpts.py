"""CPTS and the posts at each."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from maillage.auth import AnimatorOrService
from maillage.http import IfMatch, Page, PageParams, Read, Write, problems, service_router, set_etag

from maillage_directory import usecases
from maillage_directory.api.parts import CptsFilters, Looking
from maillage_directory.errors import PersonErased
from maillage_directory.queries import cpts as queries
from maillage_directory.queries import positions as position_queries
from maillage_directory.schemas.cpts import CptsChange, CptsCreate, CptsOut
from maillage_directory.schemas.position import PositionOut, PositionStart

router = service_router(tags=["cpts"])


@router.get("/cpts")
async def list_cpts(
    session: Read, wanted: CptsFilters, looking: Looking, paging: PageParams
) -> Page[CptsOut]:
    """CPTS in alphabetical order, narrowed by any filters together."""
    items, cursor = await queries.list_cpts(session, wanted, looking, paging)
    return Page(items=items, next=cursor)


@router.post("/cpts", status_code=201)
async def create_cpts(
    session: Write, caller: AnimatorOrService, looking: Looking, body: CptsCreate, response: Response
) -> CptsOut:
    """Enters a CPTS; departments, population and place follow from its communes unless given."""
    created = await usecases.create_cpts(session, body)
    set_etag(response, created.version)
    response.headers["Location"] = f"cpts/{created.id}"
    return await queries.one_cpts(session, created.id, looking)


@router.get("/cpts/{cpts_id}")
async def get_cpts(session: Read, cpts_id: UUID, looking: Looking, response: Response) -> CptsOut:
    """One CPTS with who holds its posts."""
    found = await queries.one_cpts(session, cpts_id, looking)
    set_etag(response, found.version)
    return found


@router.patch("/cpts/{cpts_id}")
async def change_cpts(
    session: Write,
    caller: AnimatorOrService,
    looking: Looking,
    cpts_id: UUID,
    version: IfMatch,
    body: CptsChange,
    response: Response,
) -> CptsOut:
    """Changes the fields that are sent."""
    changed = await usecases.change_cpts(session, cpts_id, version, body)
    set_etag(response, changed.version)
    return await queries.one_cpts(session, cpts_id, looking)


@router.delete("/cpts/{cpts_id}")
async def close_cpts(
    session: Write,
    caller: AnimatorOrService,
    looking: Looking,
    cpts_id: UUID,
    version: IfMatch,
    response: Response,
    merged_into: Annotated[UUID | None, Query(description="the CPTS that takes it over")] = None,
) -> CptsOut:
    """Closes a CPTS, or merges it into another. It stays readable, as closed."""
    closed = await usecases.close_cpts(session, cpts_id, version, merged_into)
    set_etag(response, closed.version)
    return await queries.one_cpts(session, cpts_id, looking)


@router.get("/cpts/{cpts_id}/positions")
async def list_positions(
    session: Read, cpts_id: UUID, looking: Looking, paging: PageParams
) -> Page[PositionOut]:
    """Who held which post here, the latest first."""
    items, cursor = await position_queries.history(session, cpts_id, looking, paging)
    return Page(items=items, next=cursor)


@router.post("/cpts/{cpts_id}/positions", status_code=201, responses=problems(PersonErased))
async def start_position(
    session: Write,
    caller: AnimatorOrService,
    looking: Looking,
    cpts_id: UUID,
    body: PositionStart,
    response: Response,
) -> PositionOut:
    """Records that a person, known or new, takes up a post. A newcomer's account is made with it."""
    started = await usecases.start_position(session, caller, cpts_id, body)
    set_etag(response, started.version)
    response.headers["Location"] = f"positions/{started.id}"
    return await position_queries.one_position(session, started.id, looking)
