"""The first page: what Maillage is, or, once signed in, what concerns me now."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.directory_view import Filters, find
from maillage_portal.home_view import gather_home
from maillage_portal.people import Json
from maillage_portal.region import picture
from maillage_portal.visit import Anyone, Visit

router = APIRouter()


@router.get("/")
async def home(visit: Anyone) -> Response:
    """One address, two pages: the door, and the desk."""
    me = await visit.me()
    if me is None:
        return await _door(visit)
    desk = await gather_home(visit, me)
    return await visit.page("home.html", desk=desk, vocabulary=await visit.house.vocabulary(visit.api))


async def _door(visit: Visit) -> Response:
    vocabulary = await visit.house.vocabulary(visit.api)
    found = await find(visit, Filters(), signed_in=False)
    most = found.facets[0][0] if found.facets else ""
    lit = found.lit_by(most)
    places = lit.places(None, {"vacant": "", "held": ""})
    drawing = picture(await visit.house.outline(visit.api), places, width=560)
    held = sum(1 for cpts in found.all_cpts if not cpts["vacant"])
    facts: Json = {"challenge": most, "sharing": len(lit.matched), "held": held}
    return await visit.page("door.html", drawing=drawing, vocabulary=vocabulary, **facts)
