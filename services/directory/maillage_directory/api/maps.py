"""The map."""

from fastapi import Request
from maillage.http import Read, service_router
from starlette.responses import Response

from maillage_directory.api.kept import kept
from maillage_directory.api.parts import CptsFilters, Looking
from maillage_directory.queries.map import feature_collection, fingerprint

router = service_router(tags=["map"])
GEOJSON = "application/geo+json"


@router.get("/map.geojson", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
async def get_map(request: Request, session: Read, wanted: CptsFilters, looking: Looking) -> Response:
    """CPTS as GeoJSON points, under the filters of /cpts; several at one place are drawn side by side.

    Those without a place are listed in `unplaced`. A caller that holds the map already is told so at once.
    """
    state, here = await fingerprint(session, looking), kept(request)

    async def draw() -> bytes:
        return await feature_collection(session, wanted, looking, state, here.pieces)

    return await here.maps.answer(request, (state, wanted), draw, GEOJSON)
