"""The events of the bus, for administrators: their history, as they come, and one thread of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from maillage.auth import Admin
from maillage.fit import FITTING
from maillage.http import Page, Read, WalkParams, paginate, service_router
from maillage.http.live import LIVE, LastNumber, live
from pydantic import AwareDatetime
from sse_starlette import EventSourceResponse

from .. import history, stream
from ..errors import UnknownCorrelation
from ..model import ObservedEvent
from ..schemas import CorrelationOut, EventOut

router = service_router(tags=["events"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; a filter left out takes all."""

    kind: str | None
    region: str | None
    entity_id: UUID | None
    correlation_id: UUID | None
    since: datetime | None
    until: datetime | None


async def wanted(
    kind: Annotated[
        str | None, FITTING, Query(alias="type", max_length=200, description="A type, or its beginning")
    ] = None,
    region: Annotated[str | None, FITTING, Query(max_length=16, description="Whose events")] = None,
    entity_id: Annotated[UUID | None, Query(description="Events about this entity")] = None,
    correlation_id: Annotated[UUID | None, Query(description="Events of this thread")] = None,
    since: Annotated[AwareDatetime | None, FITTING, Query(description="Happened at or after")] = None,
    until: Annotated[AwareDatetime | None, FITTING, Query(description="Happened before")] = None,
) -> Wanted:
    return Wanted(kind, region, entity_id, correlation_id, since, until)


Filters = Annotated[Wanted, Depends(wanted)]


@router.get("/events")
async def list_events(
    request: Request, _: Admin, session: Read, page: WalkParams, filters: Filters
) -> Page[EventOut]:
    """What happened, newest first. Bodies are masked: names, addresses and free text never show."""
    found = history.events(**asdict(filters))
    rows, cursor = await paginate(session, found, page, key=(ObservedEvent.number,), descending=True)
    return Page(items=await history.shown(request.app.state.service, session, rows), next=cursor)


@router.get("/events/stream", **LIVE)
async def follow_events(
    request: Request, me: Admin, filters: Filters, last: LastNumber
) -> EventSourceResponse:
    """Events as they come: event `event`, data as in the list, id its number.

    A client that reconnects with Last-Event-ID gets what it missed; one that gives none starts from now.
    """
    service = request.app.state.service
    events = stream.observed(service, me, history.events(**asdict(filters)), last)
    return live(service, me, events, service.settings.catalogue_heartbeat_seconds)


@router.get("/correlations/{correlation_id}")
async def read_correlation(request: Request, correlation_id: UUID, _: Admin, session: Read) -> CorrelationOut:
    """One beginning and everything that followed from it, across services and regions."""
    found = await history.thread(request.app.state.service, session, correlation_id)
    if found is None:
        raise UnknownCorrelation
    return found
