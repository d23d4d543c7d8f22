"""The map."""

from collections import OrderedDict
from typing import Any

from fastapi import Request
from maillage.http import Read, service_router
from starlette.responses import Response

from maillage_directory.api.parts import CptsFilters, Looking, json_with_tag, private
from maillage_directory.queries.map import feature_collection, fingerprint

router = service_router(tags=["map"])
GEOJSON = "application/geo+json"
TAGS_KEPT = 1000


@router.get("/map.geojson", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
async def get_map(request: Request, session: Read, wanted: CptsFilters, looking: Looking) -> Response:
    """CPTS as GeoJSON points, under the filters of /cpts; several at one place are drawn side by side.

    Those without a place are listed in `unplaced`. A caller that holds the map already is told so at once.
    """
    tags = _tags(request)
    question = (await fingerprint(session, looking), wanted)
    known = tags.get(question)
    if known and known in request.headers.get("if-none-match", ""):
        tags.move_to_end(question)
        return Response(status_code=304, headers=private(known))
    answer = json_with_tag(request, await feature_collection(session, wanted, looking), GEOJSON)
    tags[question] = answer.headers["etag"]
    while len(tags) > TAGS_KEPT:
        tags.popitem(last=False)
    return answer


def _tags(request: Request) -> OrderedDict[Any, str]:
    """The tag of each map that was asked for, of this application's database."""
    state = request.app.state
    if not hasattr(state, "map_tags"):
        state.map_tags = OrderedDict()
    tags: OrderedDict[Any, str] = state.map_tags
    return tags
