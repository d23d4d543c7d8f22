"""The event types. Open to anyone, as each service's own documents are; numbers are for administrators."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from maillage.auth import Maybe
from maillage.http import Page, Read, WalkParams, service_router

from .. import queries
from ..declared import documents
from ..documents import fetched
from ..errors import UnknownType
from ..merged import merged
from ..schemas import EventTypeDetail, EventTypeOut

router = service_router(tags=["event types"])


@router.get("/event-types")
async def list_event_types(
    request: Request,
    caller: Maybe,
    session: Read,
    page: WalkParams,
    q: Annotated[str, Query(max_length=100, description="Words of its name or description")] = "",
    owner: Annotated[str | None, Query(max_length=64, description="The service whose fact it is")] = None,
    mismatch: Annotated[
        str | None, Query(max_length=32, description="Only with this mismatch; `any` for any of them")
    ] = None,
) -> Page[EventTypeOut]:
    """Every event type, by name. Types that were seen and nobody declares are shown to administrators."""
    book = await queries.book(session, request.app.state.service.settings)
    admin = caller is not None and caller.is_admin
    found = [queries.outline(book, name) for name in book.names if admin or name in book.types]
    found = [each for each in found if queries.matches(each, q=q, owner=owner, mismatch=mismatch)]
    if page.cursor:
        found = [each for each in found if each.full_type > page.cursor]
    shown = found[: page.limit]
    return Page(items=shown, next=shown[-1].full_type if len(found) > page.limit else None)


@router.get("/event-types/{event_type}")
async def read_event_type(request: Request, event_type: str, caller: Maybe, session: Read) -> EventTypeDetail:
    """One event type: its contract, who publishes and who reads it, what was observed (administrators)."""
    book = await queries.book(session, request.app.state.service.settings)
    admin = caller is not None and caller.is_admin
    name = queries.find(book, event_type)
    if name is None or not (admin or name in book.types):
        raise UnknownType
    return queries.detail(book, name, observed=admin)


@router.get("/merged-asyncapi.json")
async def merged_asyncapi(request: Request, session: Read) -> dict[str, Any]:
    """The AsyncAPI 3 document of the whole region."""
    return merged(documents(await fetched(session)), request.app.state.service.region)
