"""Groups by shared challenge."""

from maillage.http import Read, service_router

from maillage_directory.api.parts import Language, Looking
from maillage_directory.queries import groups as queries
from maillage_directory.schemas.groups import Group, GroupList

router = service_router(tags=["groups"])


@router.get("/groups")
async def list_groups(session: Read, looking: Looking, language: Language) -> GroupList:
    """Every challenge with how many people and CPTS share it."""
    return GroupList(items=await queries.list_groups(session, looking, language))


@router.get("/groups/{challenge}")
async def get_group(session: Read, looking: Looking, language: Language, challenge: str) -> Group:
    """Who shares a challenge, those who can help first."""
    return await queries.one_group(session, challenge, looking, language)
