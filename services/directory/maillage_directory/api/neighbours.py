"""People of other regions."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from maillage.http import Page, PageParams, Read, service_router
from starlette.responses import Response

from maillage_directory.api.parts import Looking, Q, Settings, Slug, json_with_tag
from maillage_directory.queries import neighbours as queries
from maillage_directory.queries.filters import Filters
from maillage_directory.schemas.neighbours import NeighbourOut, RegionList, RegionOut

router = service_router(tags=["other regions"])
GEOJSON = "application/geo+json"
Region = Annotated[str | None, Query(pattern=r"^[a-z]{2}-[a-z0-9]{1,8}$", description="e.g. fr-occ")]


async def neighbour_filters(q: Q = None, challenge: Slug = None, skill: Slug = None) -> Filters:
    """The filters of other regions' people."""
    return Filters(q=q, challenge=challenge, skill=skill)


Wanted = Annotated[Filters, Depends(neighbour_filters)]


@router.get("/neighbours")
async def list_neighbours(
    session: Read, wanted: Wanted, looking: Looking, paging: PageParams, region: Region = None
) -> Page[NeighbourOut]:
    """People of other regions, each as far as she shares herself with who is asking."""
    items, cursor = await queries.list_neighbours(session, wanted, region, looking, paging)
    return Page(items=items, next=cursor)


@router.get("/neighbours.geojson", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
async def get_neighbours_map(
    request: Request, session: Read, wanted: Wanted, looking: Looking, region: Region = None
) -> Response:
    """The same people as GeoJSON points, at the CPTS of their latest post."""
    document = await queries.feature_collection(session, wanted, region, looking)
    return json_with_tag(request, document, GEOJSON)


@router.get("/neighbours/{neighbour_id}")
async def get_neighbour(session: Read, neighbour_id: UUID, looking: Looking) -> NeighbourOut:
    """One person of another region."""
    return await queries.one_neighbour(session, neighbour_id, looking)


@router.get("/regions")
async def list_regions(session: Read, settings: Settings, looking: Looking) -> RegionList:
    """The regions linked to ours, with how many of their people share themselves with who is asking."""
    counts = await queries.count_by_region(session, looking)
    codes = sorted({*settings.peer_regions, *counts})
    return RegionList(items=[RegionOut(region=code, coordinators=counts.get(code, 0)) for code in codes])
