"""Seminars: their list and life, and their calendar."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from maillage import clock
from maillage.auth import AnimatorOrService, Maybe
from maillage.http import IfMatch, Page, PageParams, Read, Write, service_router, settings_of

from maillage_events import queries, usecases
from maillage_events.api.answers import SeminarKey, SeminarStatus, sees_drafts, seminar_answer
from maillage_events.calendars import CALENDAR, seminar_calendar
from maillage_events.queries import SeminarView
from maillage_events.schemas.seminars import SeminarIn, SeminarOut, SeminarPatch
from maillage_events.schemas.words import Slug

calendars = service_router(tags=["calendars"])
router = service_router(tags=["seminars"])


@calendars.get("/seminars/{key}.ics", response_class=Response, responses={200: {"content": {CALENDAR: {}}}})
async def read_calendar(key: SeminarKey, request: Request, session: Read, caller: Maybe) -> Response:
    """The seminar with its programme, to be subscribed to; a cancelled one says so (METHOD:CANCEL)."""
    view = await queries.seminar_view(session, key, drafts=sees_drafts(caller))
    return Response(seminar_calendar(view, settings_of(request)), media_type=CALENDAR)


@router.get("/seminars")
async def list_seminars(
    session: Read,
    caller: Maybe,
    params: PageParams,
    status: Annotated[SeminarStatus | None, Query()] = None,
    upcoming: Annotated[bool | None, Query(description="true: not over; false: over, latest first")] = None,
    track: Annotated[Slug | None, Query()] = None,
) -> Page[SeminarOut]:
    """Seminars by date. Drafts are shown to animators only."""
    views, following = await queries.list_seminars(
        session,
        params,
        drafts=sees_drafts(caller),
        status=status,
        upcoming=upcoming,
        track=track,
        now=clock.now(),
    )
    return Page(items=[SeminarOut.of(view) for view in views], next=following)


@router.post("/seminars", status_code=201)
async def create_seminar(
    body: SeminarIn, response: Response, session: Write, _: AnimatorOrService
) -> SeminarOut:
    """Draft a seminar."""
    desk = await usecases.create_seminar(session, body.draft())
    return seminar_answer(response, SeminarView.of_desk(desk), created=True)


@router.get("/seminars/{key}")
async def read_seminar(key: SeminarKey, response: Response, session: Read, caller: Maybe) -> SeminarOut:
    """One seminar by id or slug, with its workshops and seats."""
    view = await queries.seminar_view(session, key, drafts=sees_drafts(caller))
    return seminar_answer(response, view)


@router.patch("/seminars/{seminar_id}")
async def edit_seminar(
    seminar_id: UUID,
    body: SeminarPatch,
    request: Request,
    response: Response,
    session: Write,
    _: AnimatorOrService,
    version: IfMatch,
) -> SeminarOut:
    """Change a seminar. Published: all but its slug; completed: its texts only; cancelled: nothing."""
    portal = settings_of(request).public_url
    desk = await usecases.edit_seminar(session, seminar_id, version, body.changes(), portal=portal)
    return seminar_answer(response, SeminarView.of_desk(desk))


@router.delete("/seminars/{seminar_id}", status_code=204)
async def delete_seminar(seminar_id: UUID, session: Write, _: AnimatorOrService, version: IfMatch) -> None:
    """Remove a draft. A published seminar is cancelled instead."""
    await usecases.delete_seminar(session, seminar_id, version)


@router.post("/seminars/{seminar_id}/publish")
async def publish_seminar(
    seminar_id: UUID, request: Request, response: Response, session: Write, _: AnimatorOrService
) -> SeminarOut:
    """Announce a draft to the network, and to other regions when its audience is national."""
    desk = await usecases.publish_seminar(session, seminar_id, portal=settings_of(request).public_url)
    return seminar_answer(response, SeminarView.of_desk(desk))


@router.post("/seminars/{seminar_id}/cancel")
async def cancel_seminar(
    seminar_id: UUID, response: Response, session: Write, _: AnimatorOrService
) -> SeminarOut:
    """Call a seminar off; every registration is cancelled with it."""
    desk = await usecases.cancel_seminar(session, seminar_id)
    return seminar_answer(response, SeminarView.of_desk(desk))


@router.post("/seminars/{seminar_id}/complete")
async def complete_seminar(
    seminar_id: UUID, response: Response, session: Write, _: AnimatorOrService
) -> SeminarOut:
    """Close a seminar that has taken place."""
    desk = await usecases.complete_seminar(session, seminar_id)
    return seminar_answer(response, SeminarView.of_desk(desk))
