"""Registrations: made, changed, cancelled, and offered seats answered."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from maillage.auth import Principal, Signed, SignedOrService
from maillage.db import AtOnce
from maillage.errors import Forbidden, NotFound
from maillage.http import IfMatch, Once, Page, PageParams, Read, Write, problems, service_router, settings_of

from maillage_events import queries, usecases
from maillage_events.api.answers import (
    RegistrationStatus,
    region_of,
    registration_answer,
    sees_drafts,
)
from maillage_events.calendars import CALENDAR, registration_calendar
from maillage_events.errors import NoOffer, OfferExpired
from maillage_events.model.registration import CONFIRMED
from maillage_events.queries import RegistrationView
from maillage_events.schemas.registrations import CancelIn, RegistrationIn, RegistrationOut, RegistrationPatch
from maillage_events.tickets import qr_svg

router = service_router(tags=["registrations"])


@router.post("/seminars/{seminar_id}/registrations", status_code=201)
async def register(
    seminar_id: UUID,
    body: RegistrationIn,
    request: Request,
    response: Response,
    within: Once,
    caller: Signed,
) -> RegistrationOut:
    """Register oneself, or as an animator anyone: confirmed, or on the waiting list with one's position."""
    asked = body.model_dump()
    if isinstance(within, AtOnce):
        view = await usecases.register_at_once(within, seminar_id, caller, **asked)
    else:
        view = await usecases.register(within, seminar_id, caller, **asked)
    return registration_answer(request, response, view, caller, created=True)


@router.get("/seminars/{seminar_id}/registrations")
async def list_registrations(
    seminar_id: UUID,
    request: Request,
    session: Read,
    caller: SignedOrService,
    params: PageParams,
    status: Annotated[RegistrationStatus | None, Query()] = None,
) -> Page[RegistrationOut]:
    """Who comes, in the order of registration. Animators see all states; others see who is confirmed."""
    await queries.seminar_view(session, seminar_id, drafts=sees_drafts(caller))
    views, following = await queries.seminar_registrations(
        session, seminar_id, params, everything=caller.is_animator, status=status
    )
    region = region_of(request)
    return Page(items=[RegistrationOut.of(view, caller, region) for view in views], next=following)


@router.get("/registrations/{registration_id}.ics", response_class=Response)
async def read_calendar(registration_id: UUID, request: Request, session: Read, caller: Signed) -> Response:
    """The seminar for one's own calendar, with the workshops held; METHOD:CANCEL once cancelled."""
    view = await _owned(session, registration_id, caller)
    return Response(registration_calendar(view, settings_of(request)), media_type=CALENDAR)


@router.get("/registrations/{registration_id}/ticket.svg", response_class=Response)
async def read_ticket(registration_id: UUID, session: Read, caller: Signed) -> Response:
    """The ticket code as a QR picture; there is none unless the registration is confirmed."""
    one = (await _owned(session, registration_id, caller)).registration
    if one.status != CONFIRMED or one.ticket_code is None:
        raise NotFound
    return Response(
        qr_svg(one.ticket_code), media_type="image/svg+xml", headers={"Cache-Control": "private, no-store"}
    )


@router.get("/registrations/{registration_id}")
async def read_registration(
    registration_id: UUID, request: Request, response: Response, session: Read, caller: Signed
) -> RegistrationOut:
    """One registration, for its owner and the animators."""
    view = await _owned(session, registration_id, caller)
    return registration_answer(request, response, view, caller)


@router.patch("/registrations/{registration_id}")
async def change_registration(
    registration_id: UUID,
    body: RegistrationPatch,
    request: Request,
    response: Response,
    session: Write,
    caller: Signed,
    version: IfMatch,
) -> RegistrationOut:
    """Choose other workshops until `change_until`; a seat is kept until the one wanted instead is held."""
    await usecases.change_registration(session, registration_id, caller, version, **body.changes())
    return await _after(session, registration_id, request, response, caller)


@router.post("/registrations/{registration_id}/cancel")
async def cancel_registration(
    registration_id: UUID,
    request: Request,
    response: Response,
    session: Write,
    caller: Signed,
    body: CancelIn | None = None,
) -> RegistrationOut:
    """Give up one's seat or place; the next in order is offered what comes free."""
    note = body.reason if body else None
    await usecases.cancel_registration(session, registration_id, caller, note)
    return await _after(session, registration_id, request, response, caller)


@router.post("/registrations/{registration_id}/accept", responses=problems(NoOffer, OfferExpired))
async def accept_offer(
    registration_id: UUID,
    request: Request,
    response: Response,
    session: Write,
    caller: Signed,
) -> RegistrationOut:
    """Take the seat that is offered, before its deadline."""
    await usecases.accept_offer(session, registration_id, caller)
    return await _after(session, registration_id, request, response, caller)


@router.post("/registrations/{registration_id}/decline", responses=problems(NoOffer, OfferExpired))
async def decline_offer(
    registration_id: UUID,
    request: Request,
    response: Response,
    session: Write,
    caller: Signed,
) -> RegistrationOut:
    """Leave the seat that is offered to the next in order."""
    await usecases.decline_offer(session, registration_id, caller)
    return await _after(session, registration_id, request, response, caller)


async def _owned(session: Read, registration_id: UUID, caller: Principal) -> RegistrationView:
    view = await queries.registration_view(session, registration_id)
    if view.registration.coordinator_id != caller.id and not caller.is_animator:
        raise Forbidden
    return view


async def _after(
    session: Write, registration_id: UUID, request: Request, response: Response, caller: Principal
) -> RegistrationOut:
    view = await queries.registration_view(session, registration_id)
    return registration_answer(request, response, view, caller)
