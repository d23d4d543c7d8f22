"""What every route of this service asks of a request: who reads, in which language, with which settings."""

from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Request
from maillage.auth import SignedOrService
from maillage.errors import Forbidden
from maillage.http import Read, language_of, settings_of

from maillage_mentoring.queries import Reading
from maillage_mentoring.reach import viewer
from maillage_mentoring.settings import MentoringSettings

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The version named by If-None-Match"}}
"""For the document: what a route with an ETag may also answer."""


async def _settings(request: Request) -> MentoringSettings:
    return cast("MentoringSettings", settings_of(request))


Settings = Annotated[MentoringSettings, Depends(_settings)]


async def of_this_region(me: SignedOrService, settings: Settings) -> None:
    """Mentoring is among colleagues of one region: raises Forbidden for the callers of another."""
    if me.region != settings.region:
        raise Forbidden


# `Read` is the request's one session: on a route that also writes, the writing one.
async def _reading(request: Request, session: Read, me: SignedOrService, settings: Settings) -> Reading:
    language = cast("Literal['fr', 'en']", language_of(request))
    return Reading(session, me, viewer(me), language)


Reader = Annotated[Reading, Depends(_reading)]
