"""The map."""

import asyncio

from fastapi import Request
from maillage.http import Read, service_router
from starlette.responses import Response

from maillage_directory.api.parts import CptsFilters, Looking, private
from maillage_directory.queries.map import feature_collection, fingerprint
from maillage_directory.queries.maps_kept import Maps, written

router = service_router(tags=["map"])
GEOJSON = "application/geo+json"


@router.get("/map.geojson", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
async def get_map(request: Request, session: Read, wanted: CptsFilters, looking: Looking) -> Response:
    """CPTS as GeoJSON points, under the filters of /cpts; several at one place are drawn side by side.

    Those without a place are listed in `unplaced`. A caller that holds the map already is told so at once.
    """
    maps, held = _maps(request), request.headers.get("if-none-match", "")
    question = (await fingerprint(session, looking), wanted)
    tag = maps.tag(question)
    if tag is None or tag not in held:
        async with maps.making:  # whoever waited for another's finds it made
            kept = maps.kept(question)
            if kept is None:
                kept = await asyncio.to_thread(written, await feature_collection(session, wanted, looking))
                maps.keep(question, kept)
        tag = kept.tag
        if tag not in held:
            return Response(kept.body, media_type=GEOJSON, headers=private(tag))
    return Response(status_code=304, headers=private(tag))


def _maps(request: Request) -> Maps:
    """The maps kept of this application's database."""
    state = request.app.state
    if not hasattr(state, "maps"):
        state.maps = Maps()
    maps: Maps = state.maps
    return maps
