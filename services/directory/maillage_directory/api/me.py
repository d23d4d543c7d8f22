"""Who is signed in, and receipts of erasures."""

from uuid import UUID

from maillage.auth import Signed
from maillage.http import Read, service_router

from maillage_directory.api.parts import Looking, Settings
from maillage_directory.queries import coordinators as queries
from maillage_directory.queries import erasures as erasure_queries
from maillage_directory.schemas.coordinator import MeOut
from maillage_directory.schemas.erasure import ErasureOut

router = service_router()


@router.get("/me", tags=["me"])
async def get_me(session: Read, caller: Signed, looking: Looking) -> MeOut:
    """The caller's account, and her profile unless she is an operator."""
    return await queries.me(session, caller, looking)


@router.get("/erasures/{erasure_id}", tags=["erasure"])
async def get_erasure(session: Read, settings: Settings, erasure_id: UUID) -> ErasureOut:
    """Who has confirmed an erasure. Whoever holds the receipt's number may ask: it says nothing of anyone."""
    return await erasure_queries.one_erasure(session, settings, erasure_id)
