"""A CPTS: its territory, who holds and held its posts, what it is working on."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.api import Api, together
from maillage_portal.people import Json
from maillage_portal.region import picture
from maillage_portal.visit import Anyone

router = APIRouter()


@router.get("/cpts/{cpts_id}")
async def cpts_page(visit: Anyone, cpts_id: str) -> Response:
    """The page of one CPTS; its facts are public."""
    cpts, history, vocabulary, outline = await together(
        visit.api.get("directory", f"/cpts/{cpts_id}"),
        visit.api.all("directory", f"/cpts/{cpts_id}/positions"),
        visit.house.vocabulary(visit.api),
        visit.house.outline(visit.api),
    )
    drawing = picture(outline, await _neighbourhood(visit.api, cpts), width=420)
    past = [position for position in history if position["ended_on"]]
    me = await visit.me()
    context: Json = {
        "cpts": cpts,
        "past": past,
        "vocabulary": vocabulary,
        "drawing": drawing,
        "signed": me is not None,
        "animator": me is not None and bool({"animator", "admin"} & set(me["roles"])),
    }
    return await visit.page("cpts.html", **context)


async def _neighbourhood(api: Api, cpts: Json) -> Json:
    """All CPTS as quiet dots, this one ringed."""
    everywhere = await api.all("directory", "/cpts")
    places = [
        {
            "at": [item["lat"], item["lon"]],
            "match": item["id"] == cpts["id"],
            "vacant": item["vacant"],
            "you": item["id"] == cpts["id"],
        }
        for item in everywhere
        if item["lat"] is not None
    ]
    return {"places": places, "edges": []}
