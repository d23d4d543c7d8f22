"""A CPTS: its territory, who holds and held its posts, what it is working on."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.api import together
from maillage_portal.backdrop import SMALL
from maillage_portal.directory_view import Shown
from maillage_portal.people import Json
from maillage_portal.visit import Anyone

router = APIRouter()


@router.get("/cpts/{cpts_id}")
async def cpts_page(visit: Anyone, cpts_id: str) -> Response:
    """The page of one CPTS; its facts are public."""
    cpts, history, vocabulary, ground, atlas, me = await together(
        visit.api.get("directory", f"/cpts/{cpts_id}"),
        visit.api.all("directory", f"/cpts/{cpts_id}/positions"),
        visit.house.vocabulary(visit.api),
        visit.house.ground(visit.api, SMALL),
        visit.house.atlases.ask(visit.api, {}),
        visit.me(),
    )
    # All CPTS as quiet dots, this one ringed.
    drawing = atlas.backdrop(ground).with_marks(Shown.on(atlas, {cpts["id"]}, cpts["id"]).marks())
    past = [position for position in history if position["ended_on"]]
    context: Json = {
        "cpts": cpts,
        "past": past,
        "vocabulary": vocabulary,
        "drawing": drawing,
        "signed": me is not None,
        "animator": me is not None and bool({"animator", "admin"} & set(me["roles"])),
    }
    return await visit.page("cpts.html", **context)
