"""The workshops of a seminar."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response
from maillage.auth import AnimatorOrService, Maybe
from maillage.http import IfMatch, Page, Read, Write, service_router

from maillage_events import queries, usecases
from maillage_events.api.answers import SeminarKey, sees_drafts, workshop_answer
from maillage_events.queries import WorkshopView
from maillage_events.schemas.seminars import WorkshopIn, WorkshopOut, WorkshopPatch

router = service_router(tags=["workshops"])


@router.get("/seminars/{key}/workshops")
async def list_workshops(key: SeminarKey, session: Read, caller: Maybe) -> Page[WorkshopOut]:
    """The workshops of a seminar in the order of their times, all on one page."""
    view = await queries.seminar_view(session, key, drafts=sees_drafts(caller))
    return Page(items=[WorkshopOut.of(one) for one in view.workshops], next=None)


@router.post("/seminars/{seminar_id}/workshops", status_code=201)
async def add_workshop(
    seminar_id: UUID,
    body: WorkshopIn,
    response: Response,
    session: Write,
    _: AnimatorOrService,
) -> WorkshopOut:
    """Add a workshop within the seminar's times."""
    desk, workshop = await usecases.add_workshop(session, seminar_id, body.draft())
    view = WorkshopView(workshop, desk.pools[workshop.id])
    return workshop_answer(response, view, created=True)


@router.get("/workshops/{workshop_id}")
async def read_workshop(workshop_id: UUID, response: Response, session: Read, caller: Maybe) -> WorkshopOut:
    """One workshop with its seats."""
    view = await queries.workshop_view(session, workshop_id, drafts=sees_drafts(caller))
    return workshop_answer(response, view)


@router.patch("/workshops/{workshop_id}")
async def edit_workshop(
    workshop_id: UUID,
    body: WorkshopPatch,
    response: Response,
    session: Write,
    _: AnimatorOrService,
    version: IfMatch,
) -> WorkshopOut:
    """Change a workshop; seats that come free go to its waiting list."""
    desk, workshop = await usecases.edit_workshop(session, workshop_id, version, body.changes())
    return workshop_answer(response, WorkshopView(workshop, desk.pools[workshop.id]))


@router.delete("/workshops/{workshop_id}", status_code=204)
async def remove_workshop(workshop_id: UUID, session: Write, _: AnimatorOrService, version: IfMatch) -> None:
    """Remove a workshop nobody has chosen."""
    await usecases.remove_workshop(session, workshop_id, version)
