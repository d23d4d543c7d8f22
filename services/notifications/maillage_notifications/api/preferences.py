"""What the signed-in person wants to be told, by which way, and when to be left in peace."""

from __future__ import annotations

from fastapi import Request, Response
from maillage.auth import Signed
from maillage.errors import NotFound
from maillage.http import IfMatch, Read, Write, service_router, set_etag
from maillage.http.openapi import problems

from .. import queries, usecases
from ..languages import reader_language
from ..schemas import PreferencesIn, PreferencesOut

router = service_router(tags=["preferences"])


@router.get("/me/preferences", response_model=PreferencesOut)
async def read_preferences(request: Request, response: Response, me: Signed, session: Read) -> PreferencesOut:
    """Every topic by channel: the default, my choice, and why some cannot be refused."""
    lang = await reader_language(request, session, me.id)
    found = await queries.preferences(session, me.id, lang)
    set_etag(response, found.version)
    return found


@router.put("/me/preferences", responses=problems(NotFound))
async def change_preferences(
    request: Request, response: Response, body: PreferencesIn, me: Signed, version: IfMatch, session: Write
) -> PreferencesOut:
    """Replace my choices and quiet hours."""
    lang = await reader_language(request, session, me.id)
    await usecases.choose(session, me.id, body, version, lang)
    found = await queries.preferences(session, me.id, lang)
    set_etag(response, found.version)
    return found
