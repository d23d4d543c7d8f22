"""Seminars of other regions, and seats there: asked for, given up, taken when offered."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from maillage import clock
from maillage.auth import Principal, Signed
from maillage.errors import Forbidden
from maillage.http import Page, PageParams, Read, Write, problems, service_router, set_etag, settings_of
from starlette.requests import Request

from maillage_events import usecases
from maillage_events.api.answers import BASE
from maillage_events.calendars import CALENDAR, visit_calendar
from maillage_events.errors import NoOffer, OfferExpired
from maillage_events.model import GuestRequest
from maillage_events.queries import abroad as queries
from maillage_events.schemas.abroad import GuestRegistrationOut, NeighbourSeminarOut

router = service_router(tags=["other regions"])
Upcoming = Annotated[bool | None, Query(description="true: not over; false: over, latest first")]
Region = Annotated[str | None, Query(pattern=r"^[a-z]{2}-[a-z0-9]{1,8}$", description="e.g. fr-occ")]


@router.get("/neighbour-seminars")
async def list_neighbour_seminars(
    session: Read, params: PageParams, region: Region = None, upcoming: Upcoming = None
) -> Page[NeighbourSeminarOut]:
    """Seminars of other regions that are open to ours, by date."""
    rows, following = await queries.list_neighbour_seminars(
        session, params, region=region, upcoming=upcoming, now=clock.now()
    )
    return Page(items=[NeighbourSeminarOut.of(row) for row in rows], next=following)


@router.get("/neighbour-seminars/{seminar_id}")
async def read_neighbour_seminar(seminar_id: UUID, session: Read) -> NeighbourSeminarOut:
    """One seminar of another region; also after it was shut, for those who had asked for a seat."""
    return NeighbourSeminarOut.of(await queries.neighbour_seminar(session, seminar_id))


@router.post("/neighbour-seminars/{seminar_id}/registrations", status_code=201)
async def request_seat(
    seminar_id: UUID, response: Response, session: Write, caller: Signed
) -> GuestRegistrationOut:
    """Ask its host for a seat. The answer comes over the link: first it is `requested`."""
    asked = await usecases.request_seat(session, seminar_id, caller)
    response.headers["Location"] = f"{BASE}/guest-registrations/{asked.id}"
    return await _answer(session, response, asked.id)


@router.get("/me/guest-registrations")
async def my_guest_registrations(
    session: Read, caller: Signed, params: PageParams, upcoming: Upcoming = None
) -> Page[GuestRegistrationOut]:
    """What I asked for in other regions, by the date of the seminar, ended requests included."""
    visits, following = await queries.visits_of(
        session, caller.id, params, upcoming=upcoming, now=clock.now()
    )
    return Page(items=[GuestRegistrationOut.of(*visit) for visit in visits], next=following)


@router.get("/guest-registrations/{guest_id}.ics", response_class=Response)
async def read_calendar(guest_id: UUID, request: Request, session: Read, caller: Signed) -> Response:
    """The seminar for one's own calendar; METHOD:CANCEL once there is no seat any more."""
    asked, seminar = await queries.visit(session, guest_id)
    _require_hers(caller, asked)
    return Response(visit_calendar(asked, seminar, settings_of(request)), media_type=CALENDAR)


@router.get("/guest-registrations/{guest_id}")
async def read_guest_registration(
    guest_id: UUID, response: Response, session: Read, caller: Signed
) -> GuestRegistrationOut:
    """One request, for whom it is of and the animators of her region."""
    asked, _ = await queries.visit(session, guest_id)
    _require_hers(caller, asked)
    return await _answer(session, response, guest_id)


@router.post("/guest-registrations/{guest_id}/cancel")
async def cancel_request(
    guest_id: UUID, response: Response, session: Write, caller: Signed
) -> GuestRegistrationOut:
    """Give up one's request, place or seat; the host frees it."""
    await usecases.cancel_request(session, guest_id, caller)
    return await _answer(session, response, guest_id)


@router.post("/guest-registrations/{guest_id}/accept", responses=problems(NoOffer, OfferExpired))
async def accept_seat(
    guest_id: UUID, response: Response, session: Write, caller: Signed
) -> GuestRegistrationOut:
    """Take the seat the host offers, before its deadline; it is confirmed by the host."""
    await usecases.accept_seat(session, guest_id, caller)
    return await _answer(session, response, guest_id)


@router.post("/guest-registrations/{guest_id}/decline", responses=problems(NoOffer, OfferExpired))
async def decline_seat(
    guest_id: UUID, response: Response, session: Write, caller: Signed
) -> GuestRegistrationOut:
    """Leave the seat the host offers to the next in order."""
    await usecases.decline_seat(session, guest_id, caller)
    return await _answer(session, response, guest_id)


def _require_hers(caller: Principal, asked: GuestRequest) -> None:
    """Raises Forbidden; what was an erased person's is for animators alone."""
    if caller.id != asked.coordinator_id and not caller.is_animator:
        raise Forbidden


async def _answer(session: Read | Write, response: Response, guest_id: UUID) -> GuestRegistrationOut:
    asked, seminar = await queries.visit(session, guest_id)
    set_etag(response, asked.version)
    return GuestRegistrationOut.of(asked, seminar)
