"""The directory: « Qui a déjà vécu ça ? », its list and its map in step."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from maillage_portal.directory_view import Filters, find
from maillage_portal.people import Json, main_position
from maillage_portal.region import picture
from maillage_portal.visit import Anyone

router = APIRouter()


@router.get("/annuaire")
async def directory(visit: Anyone, filters: Annotated[Filters, Query()]) -> Response:
    """The page, or for htmx only what a filter changes: chips, list and the map's data."""
    me = await visit.me()
    found = await find(visit.api, filters, signed_in=me is not None)
    vocabulary = await visit.house.vocabulary(visit.api)
    own = main_position(me["coordinator"]) if me and me["coordinator"] else None
    you = own["cpts_id"] if own else None
    texts = {"vacant": visit._("Poste vacant"), "held": visit._("Poste tenu")}
    places = found.places(you, texts)
    context: Json = {
        "filters": filters,
        "found": found,
        "vocabulary": vocabulary,
        "signed": me is not None,
        "you": you,
        "places": places,
    }
    if visit.from_htmx:
        return visit.fragment("directory_results.html", **context)
    drawing = picture(await visit.house.outline(visit.api), places, width=640)
    return await visit.page("directory.html", drawing=drawing, **context)


@router.get("/annuaire/contour.geojson")
async def outline(visit: Anyone) -> Response:
    """The outlines of the region's departments, for the map."""
    body = await visit.house.outline(visit.api)
    return JSONResponse(
        body, media_type="application/geo+json", headers={"Cache-Control": "public, max-age=86400"}
    )
