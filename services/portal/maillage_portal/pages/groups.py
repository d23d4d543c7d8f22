"""A challenge and those who share it."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.abroad_view import entries
from maillage_portal.api import together
from maillage_portal.backdrop import SMALL
from maillage_portal.directory_view import Filters, find
from maillage_portal.people import Json
from maillage_portal.visit import Anyone

router = APIRouter()


@router.get("/groupes/{challenge}")
async def group_page(visit: Anyone, challenge: str) -> Response:
    """The group of one challenge: who can help first, then who has solved it, then who works on it."""
    me = await visit.me()
    group, found, vocabulary, ground = await together(
        visit.api.get("directory", f"/groups/{challenge}"),
        find(visit, Filters(challenge=challenge), signed_in=me is not None, most=1000),
        visit.house.vocabulary(visit.api),
        visit.house.ground(visit.api, SMALL),
    )
    by_stance: dict[str, list[object]] = {}
    for entry in found.entries:
        by_stance.setdefault((entry.stance or {}).get("stance", "cpts"), []).append(entry)
    drawing = found.atlas.backdrop(ground).with_marks(found.shown(None).marks())
    context: Json = {
        "group": group,
        "found": found,
        "by_stance": by_stance,
        "vocabulary": vocabulary,
        "drawing": drawing,
        "elsewhere_too": entries(group.get("neighbours", []), challenge),
    }
    return await visit.page("group.html", signed=me is not None, **context)
