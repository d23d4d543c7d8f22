"""A coordinator's page: what she says of herself, as far as the reader may see it."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.api import together
from maillage_portal.atlas import Atlas
from maillage_portal.backdrop import SMALL
from maillage_portal.directory_view import Shown
from maillage_portal.people import Json, main_position, present_positions
from maillage_portal.region import Ground, Picture, distance_km
from maillage_portal.visit import Signed, Visit

router = APIRouter()


@router.get("/coordonnateurs/{person_id}")
async def coordinator_page(visit: Signed, person_id: str) -> Response:
    """The page of one person; for her own, also who is in a similar situation."""
    me = await visit.myself()
    animator = bool({"animator", "admin"} & set(me["roles"]))
    answer, vocabulary, peers, atlas, ground = await together(
        visit.api.fetch("directory", f"/coordinators/{person_id}"),
        visit.house.vocabulary(visit.api),
        _peers(visit, person_id, asked=animator or person_id == me["id"]),
        visit.house.atlases.ask(visit.api, {}),
        visit.house.ground(visit.api, SMALL),
    )
    person = answer.body
    own = person["id"] == me["id"]
    position = main_position(person)
    mine = None if own else main_position(me["coordinator"] or {})
    drawing, distance = _where(atlas, ground, position, mine)
    shared = _shared(person, me["coordinator"] or {})
    context: Json = {
        "person": person,
        "drawing": drawing,
        "distance": distance,
        "shared": []
        if own
        else [{"text": vocabulary.label("challenges", slug, visit.locale)} for slug in shared],
        "own": own,
        "animator": animator,
        "peers": peers,
        "position": position,
        "present": present_positions(person),
        "vocabulary": vocabulary,
    }
    return await visit.page("coordinator.html", **context)


async def _peers(visit: Visit, person_id: str, *, asked: bool) -> list[Json]:
    if not asked:
        return []
    found = await visit.api.optional("directory", f"/coordinators/{person_id}/peers")
    return list((found or {}).get("items", []))[:5]


def _shared(person: Json, other: Json) -> list[str]:
    """The challenges that both have noted."""
    own = {item["challenge"] for item in other.get("challenges") or []}
    return [item["challenge"] for item in person.get("challenges") or [] if item["challenge"] in own]


def _where(
    atlas: Atlas, ground: Ground, hers: Json | None, mine: Json | None
) -> tuple[Picture | None, int | None]:
    """Her CPTS on the map, joined to the reader's, and the kilometres between them as the crow flies."""
    if hers is None:
        return None, None
    placed = [atlas.placed(post["cpts_id"]) for post in (hers, mine) if post]
    ends = [one for one in placed if one]
    apart = len(placed) == len(ends) == 2 and ends[0] is not ends[1]
    edges = [(0, 1)] if apart else []
    you = atlas.placed(mine["cpts_id"]) if mine else None
    drawing = atlas.backdrop(ground).with_marks(Shown(ends, edges, you).marks())
    if not apart:
        return drawing, None
    one, other = ((end["lon"], end["lat"]) for end in ends)
    return drawing, max(1, round(distance_km(one, other)))


@router.post("/coordonnateurs/{person_id}/toujours-juste")
async def still_right(visit: Signed, person_id: str) -> Response:
    """ "Still right": the profile was looked over today."""
    await visit.api.post("directory", f"/coordinators/{person_id}/confirm")
    visit.say(visit._("Merci : votre profil est noté comme à jour aujourd'hui."))
    return visit.go(f"/coordonnateurs/{person_id}")
