"""Who is signed in, her change of address, and receipts of erasures."""

from uuid import UUID

from fastapi import BackgroundTasks, Request
from maillage.auth import Signed
from maillage.errors import NotFound
from maillage.http import Read, Write, problems, service_router

from maillage_directory import auth, usecases
from maillage_directory.api.parts import Looking, Settings, mail_after
from maillage_directory.errors import AddressCodeRefused, EmailTaken
from maillage_directory.queries import coordinators as queries
from maillage_directory.queries import erasures as erasure_queries
from maillage_directory.schemas.coordinator import AddressCode, MeOut
from maillage_directory.schemas.erasure import ErasureOut

router = service_router()


@router.get("/me", tags=["me"])
async def get_me(session: Read, caller: Signed, looking: Looking) -> MeOut:
    """The caller's account, and her profile unless she is an operator."""
    return await queries.me(session, caller, looking)


@router.post("/me/email/confirm", tags=["me"], responses=problems(AddressCodeRefused, EmailTaken, NotFound))
async def confirm_address(
    request: Request,
    settings: Settings,
    caller: Signed,
    looking: Looking,
    body: AddressCode,
    after: BackgroundTasks,
) -> MeOut:
    """The code that was mailed to the new address: from now on it is hers."""
    db = request.app.state.service.db
    # Committed whatever the outcome: a wrong try must count.
    async with db.write() as session:
        letters = await usecases.confirm_address(session, settings, caller, body.code)
    if letters is None:
        raise AddressCodeRefused(errors=[{"pointer": "/code", "detail": "!"}])
    mail_after(after, request, settings, letters)
    async with db.read() as session:
        return await queries.me(session, caller, looking)


@router.post("/me/email/cancel", tags=["me"])
async def keep_address(session: Write, caller: Signed, looking: Looking) -> MeOut:
    """Drops the change of address that waits, if any: the present one stays."""
    await auth.forget_moves(session, caller.id)
    return await queries.me(session, caller, looking)


@router.get("/erasures/{erasure_id}", tags=["erasure"])
async def get_erasure(session: Read, settings: Settings, erasure_id: UUID) -> ErasureOut:
    """Who has confirmed an erasure. Whoever holds the receipt's number may ask: it says nothing of anyone."""
    return await erasure_queries.one_erasure(session, settings, erasure_id)
