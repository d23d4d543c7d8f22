"""Posts held by people."""

from uuid import UUID

from fastapi import Response
from maillage.auth import AnimatorOrService
from maillage.http import Read, Write, problems, service_router, set_etag

from maillage_directory import usecases
from maillage_directory.api.parts import Looking
from maillage_directory.errors import PersonErased
from maillage_directory.queries import positions as queries
from maillage_directory.schemas.position import PositionEnd, PositionOut

router = service_router(tags=["positions"])


@router.get("/positions/{position_id}")
async def get_position(session: Read, position_id: UUID, looking: Looking, response: Response) -> PositionOut:
    """One post, held now or in the past."""
    found = await queries.one_position(session, position_id, looking)
    set_etag(response, found.version)
    return found


@router.post("/positions/{position_id}/end", responses=problems(PersonErased))
async def end_position(
    session: Write,
    caller: AnimatorOrService,
    looking: Looking,
    position_id: UUID,
    body: PositionEnd,
    response: Response,
) -> PositionOut:
    """Ends a post. Who holds no other stays in the collective as a resource person."""
    ended = await usecases.end_position(session, position_id, body)
    set_etag(response, ended.version)
    return await queries.one_position(session, position_id, looking)
