"""What concerns the caller herself."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from maillage import clock
from maillage.auth import Signed
from maillage.http import Page, PageParams, Read, language_of, service_router
from maillage.http.paging import Paging

from maillage_events import queries
from maillage_events.api.answers import region_of
from maillage_events.model.seminar import PUBLISHED
from maillage_events.queries.abroad import visits_of
from maillage_events.schemas.abroad import GuestRegistrationOut
from maillage_events.schemas.agenda import AgendaOut
from maillage_events.schemas.registrations import RegistrationOut, SuggestionOut, reasons_of
from maillage_events.schemas.seminars import SeminarOut

router = service_router(tags=["me"])


@router.get("/me/registrations")
async def my_registrations(
    request: Request,
    session: Read,
    caller: Signed,
    params: PageParams,
    upcoming: Annotated[bool | None, Query(description="true: seminars not over yet")] = None,
) -> Page[RegistrationOut]:
    """My registrations by the date of the seminar, cancelled ones included."""
    views, following = await queries.registrations_of(
        session, caller.id, params, upcoming=upcoming, now=clock.now()
    )
    region = region_of(request)
    return Page(items=[RegistrationOut.of(view, caller, region) for view in views], next=following)


@router.get("/me/agenda")
async def my_agenda(request: Request, session: Read, caller: Signed) -> AgendaOut:
    """What is ahead of me: the next seminar, my registrations, what I asked for in other regions.

    At most fifty of each; the lists of each have them all.
    """
    now, page, ahead, region = clock.now(), Paging(), True, region_of(request)
    published, _ = await queries.list_seminars(
        session, Paging(limit=1), drafts=False, status=PUBLISHED, upcoming=ahead, track=None, now=now
    )
    seats, _ = await queries.registrations_of(session, caller.id, page, upcoming=ahead, now=now)
    visits, _ = await visits_of(session, caller.id, page, upcoming=ahead, now=now)
    return AgendaOut(
        seminar=SeminarOut.of(published[0]) if published else None,
        registrations=[RegistrationOut.of(seat, caller, region) for seat in seats],
        elsewhere=[GuestRegistrationOut.of(*visit) for visit in visits],
    )


@router.get("/me/suggestions")
async def my_suggestions(request: Request, session: Read, caller: Signed) -> Page[SuggestionOut]:
    """Seminars suggested to me, with the reasons, as long as I can register and have not."""
    language = language_of(request)
    items = [
        SuggestionOut(
            id=suggestion.id,
            seminar=SeminarOut.of(view),
            reasons=reasons_of(suggestion.reasons, language),
            created_at=suggestion.created_at,
        )
        for suggestion, view in await queries.suggestions_of(session, caller.id, clock.now())
    ]
    return Page(items=items, next=None)
