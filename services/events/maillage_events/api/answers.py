"""How rows become answers with their headers; shared by the routes."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Path, Request, Response
from maillage.auth import WRITE, Principal, scope_of
from maillage.http import set_etag, settings_of

from maillage_events.queries import RegistrationView, SeminarView, WorkshopView
from maillage_events.schemas.registrations import RegistrationOut
from maillage_events.schemas.seminars import SeminarOut, WorkshopOut

BASE = "/api/events/v1"
SeminarStatus = Literal["draft", "published", "cancelled", "completed"]
RegistrationStatus = Literal["confirmed", "waitlisted", "offered", "cancelled"]


async def seminar_key(key: Annotated[str, Path(description="Id or slug", max_length=80)]) -> UUID | str:
    """A seminar is named by its id, or in a page's address by its slug."""
    try:
        return UUID(key)
    except ValueError:
        return key


SeminarKey = Annotated[UUID | str, Depends(seminar_key)]


def region_of(request: Request) -> str:
    """The region this service serves."""
    region: str = settings_of(request).region
    return region


def sees_drafts(caller: Principal | None) -> bool:
    """Drafts are the business of animators, and of the programs that enter seminars."""
    return caller is not None and (caller.is_animator or caller.has_scope(scope_of("events", WRITE)))


def seminar_answer(response: Response, view: SeminarView, *, created: bool = False) -> SeminarOut:
    """The seminar with its ETag; with its address when it is new."""
    set_etag(response, view.seminar.version)
    if created:
        response.headers["Location"] = f"{BASE}/seminars/{view.seminar.id}"
    return SeminarOut.of(view)


def workshop_answer(response: Response, view: WorkshopView, *, created: bool = False) -> WorkshopOut:
    """The workshop with its ETag; with its address when it is new."""
    set_etag(response, view.workshop.version)
    if created:
        response.headers["Location"] = f"{BASE}/workshops/{view.workshop.id}"
    return WorkshopOut.of(view)


def registration_answer(
    request: Request, response: Response, view: RegistrationView, caller: Principal, *, created: bool = False
) -> RegistrationOut:
    """The registration as the caller may see it, with its ETag; with its address when it is new."""
    set_etag(response, view.registration.version)
    if created:
        response.headers["Location"] = f"{BASE}/registrations/{view.registration.id}"
    return RegistrationOut.of(view, caller, region_of(request))
