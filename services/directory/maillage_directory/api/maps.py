"""The map."""

from fastapi import Request
from maillage.http import Read, service_router
from starlette.responses import Response

from maillage_directory.api.parts import CptsFilters, Looking, json_with_tag
from maillage_directory.queries.map import feature_collection

router = service_router(tags=["map"])
GEOJSON = "application/geo+json"


@router.get("/map.geojson", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
async def get_map(request: Request, session: Read, wanted: CptsFilters, looking: Looking) -> Response:
    """CPTS as GeoJSON points, under the filters of /cpts; several at one place are drawn side by side."""
    return json_with_tag(request, await feature_collection(session, wanted, looking), GEOJSON)
