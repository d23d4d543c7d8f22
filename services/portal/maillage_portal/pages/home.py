"""The first page: what Maillage is, or, once signed in, what concerns me now."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.api import together
from maillage_portal.backdrop import MIDDLE
from maillage_portal.directory_view import Filters, Shown, find
from maillage_portal.home_view import NEWS, gather_home
from maillage_portal.people import Json
from maillage_portal.visit import Anyone, Visit

router = APIRouter()


@router.get("/")
async def home(visit: Anyone) -> Response:
    """One address, two pages: the door, and the desk."""
    visit.expect_news(NEWS)
    me = await visit.me()
    if me is None:
        return await _door(visit)
    desk = await gather_home(visit, me)
    return await visit.page("home.html", desk=desk, vocabulary=await visit.house.vocabulary(visit.api))


async def _door(visit: Visit) -> Response:
    vocabulary, found, ground = await together(
        visit.house.vocabulary(visit.api),
        find(visit, Filters(), signed_in=False, most=0),
        visit.house.ground(visit.api, MIDDLE),
    )
    most, sharing = found.facets[0] if found.facets else ("", 0)
    shown = Shown.sharing(found.atlas, most)
    drawing = found.atlas.backdrop(ground).with_marks(shown.marks())
    facts: Json = {"challenge": most, "sharing": sharing, "held": found.total - found.vacant}
    return await visit.page("door.html", drawing=drawing, vocabulary=vocabulary, **facts)
